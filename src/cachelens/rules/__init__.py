"""Rules: one fault each, judged on templates or on the facts of recorded traffic; a rule's docstring is its page."""
