"""The command line: the only place that reads, prints and picks an exit code."""
