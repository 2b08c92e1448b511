"""The rules of insurance. Nothing here reads a clock, a file, a database or the network."""
