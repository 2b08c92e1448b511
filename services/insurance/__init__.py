"""Insurance: one cargo cover for the whole journey, incidents, claims, and who answers."""
