"""Prompts in source code: lowered to one small tree, followed without being run, and laid out as messages."""
