"""Real rows, from files that a contract names: recorded bodies, tensors, prediction logs."""
