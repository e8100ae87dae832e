"""Settings: what a run is asked for, on the command line and in a file."""
