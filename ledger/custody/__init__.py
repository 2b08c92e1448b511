"""Keeps the operator's own keys, and those of parties that asked for it. Signs, never shows."""
