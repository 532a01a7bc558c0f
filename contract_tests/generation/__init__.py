"""Generated input: valid requests, requests that break one rule, canaries, Hypothesis settings."""
