"""From a domain to requests: boundaries, then random rows, in batches. hypothesis lives from here on."""
