"""Embedders: texts to vectors whose cosine says how near two questions are. One file each, a row in `catalog.yaml`."""
