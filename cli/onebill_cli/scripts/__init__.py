"""What the cast plays: the demo, its refusals, the faults, the figures."""
