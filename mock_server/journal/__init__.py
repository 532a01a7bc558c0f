"""What happened in a world: every exchange, redacted when it is recorded, kept within bounds."""
