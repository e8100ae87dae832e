"""Provider replay: who reads, who writes, what expires, what it costs."""
