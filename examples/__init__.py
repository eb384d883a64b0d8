"""Example models for sigpact, built from the data beside them."""
