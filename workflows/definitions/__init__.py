"""Workflow code: deterministic, nothing here reads a clock, a file, a database or the network."""
