"""Fleets from logs and workload files to results: what is read, what is replayed, and curves of all cache sizes."""
