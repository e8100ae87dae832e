"""Readers: one template language each to ordered spans; nothing is rendered or run."""
