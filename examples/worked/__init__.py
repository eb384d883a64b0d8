"""Small models of four kinds that people serve, two versions each: one that keeps its contract, one that does not."""
