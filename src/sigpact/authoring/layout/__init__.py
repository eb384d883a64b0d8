"""A contract file as it is written, comments and all, and the one layout in which `fmt` writes it."""
