"""What recorded usage alone tells of a cache, in one pass and in memory that does not grow with the log."""
