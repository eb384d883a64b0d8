"""Exports that others published, inside packages on PyPI, and what a client of each would rely on."""
