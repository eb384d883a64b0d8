"""Lints: what is valid in a contract and could be better. One function each; the folder is the catalogue."""
