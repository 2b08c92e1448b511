"""Compares what the parts hold about the same bills: chain, projection, process, services."""
