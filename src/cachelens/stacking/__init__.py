"""Replays one log through response caches and the prompt cache behind them, and says what each is worth."""
