"""`Report`, a value, and the functions that render it. Nothing here decides or prints."""
