"""What a signature is: dtypes, shapes and tensors, the same value from a contract and from an export."""
