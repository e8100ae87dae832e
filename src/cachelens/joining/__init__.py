"""Templates and traffic together: which template made a text, of which values, and what another would make."""
