"""Engine caches, one file each."""
