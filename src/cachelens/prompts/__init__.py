"""From records to integers: segments, tokens, the prefix tree and the compiled trace."""
