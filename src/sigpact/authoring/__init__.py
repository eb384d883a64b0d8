"""Contracts written for people: `init` makes one from an export, from traffic, or from both."""
