"""How caches behave, one file a mechanism; all numbers come from the profile."""
