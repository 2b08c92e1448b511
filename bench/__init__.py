"""Every figure as a ratio to its baseline, both sides measured in one run."""
