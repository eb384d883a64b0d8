"""Dynamic checks: what an answer must be, given the request and the contract."""
