"""What helps to write contracts."""
