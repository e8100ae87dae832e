"""Fixes: what mends a finding, as edits of the text it stands in; each is checked by reading the fixed text again."""
