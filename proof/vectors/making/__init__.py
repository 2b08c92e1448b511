"""Makes the vectors: everything in them is invented, every key is a TEST key."""
