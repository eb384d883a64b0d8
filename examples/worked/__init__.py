"""Models of four kinds that people serve: a version that keeps its contract, one that does not."""
