"""Response caches in front of the model: exact, semantic, their gates, and how far their answers can be trusted."""
