"""The ledger's organisations, policies and channel: one description, rendered for each place."""
