"""The rules of tracking. Nothing here reads a clock, a database or the network."""
