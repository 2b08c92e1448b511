"""The process: what happens next, deadlines, retries and compensations. It holds no fact."""
