"""Requirements: how they are written, gathered and explained, and what a run says of each."""
