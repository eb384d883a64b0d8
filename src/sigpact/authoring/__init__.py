"""What helps to write contracts: drafts, one layout, advice, and what a contract would notice."""
