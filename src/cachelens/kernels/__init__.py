"""Loops over integer arrays, compiled by Numba where it is installed, the same source without."""
