"""The site: pages beside this file; `generate` makes the reference pages from their sources."""
