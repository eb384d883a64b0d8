"""Static compatibility: a rule names a difference, one table judges what it does to a client."""
