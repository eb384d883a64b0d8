"""What a server is configured to serve."""
