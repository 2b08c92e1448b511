"""The use cases of tracking, over ports."""
