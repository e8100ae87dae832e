"""Which findings count: what they are known by, which rules are asked, what is silenced, and what was known before."""
