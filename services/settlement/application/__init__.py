"""Use cases of settlement: one verb each, over the ports."""
