"""Contracts for the signatures of a served TensorFlow model.

Nothing is imported here: the pytest entry point imports this package in every run of its users.
"""
