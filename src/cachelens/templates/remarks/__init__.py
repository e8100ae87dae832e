"""Comments in templates and sources, each told from prompt text by its language's own grammar."""
