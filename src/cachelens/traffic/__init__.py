"""Facts of recorded traffic that rules judge, each worked out once from the trace and from replays of it."""
