"""The rules of settlement. Nothing here reads a clock, a file, a database or the network."""
