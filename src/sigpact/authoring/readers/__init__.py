"""Typed readers of answers and writers of requests, generated from a contract in a client's language."""
