"""What judges every response of a run, whichever check caused it."""
