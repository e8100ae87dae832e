"""A report of several results, before it has a format: sections of figures, tables and charts."""
