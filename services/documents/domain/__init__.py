"""The rules of documents. Nothing here reads a clock, a database or the network."""
