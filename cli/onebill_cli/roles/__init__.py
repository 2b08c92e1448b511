"""The cast: each role acts through the doors that a stranger in that role would have."""
