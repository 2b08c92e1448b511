"""What every part stands on: value objects (kernel) and how a process runs (runtime)."""
