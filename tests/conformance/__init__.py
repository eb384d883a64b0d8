"""The server's own cases as data, and what runs them: `python -m tests.conformance rest FILE...`."""
