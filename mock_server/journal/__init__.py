"""What happened in a world: every exchange, redacted before it is recorded, kept within bounds."""
