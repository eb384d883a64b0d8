"""What helps to write contracts: one layout, advice beyond validity, contracts that travel with an export."""
