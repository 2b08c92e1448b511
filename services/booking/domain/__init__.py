"""The rules of a booking. Nothing here reads a clock, a file, a database or the network."""
