"""Runs a version as TensorFlow Serving does, in worker processes; one protocol, several backends."""
