"""The store: append-only records of what was published, what is live where, and what was found about it."""
