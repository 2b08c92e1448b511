"""Offline verification of an electronic bill of lading: what a stranger needs, nothing of ours."""
