"""Whether a version, or a client's release, may go to an environment."""
