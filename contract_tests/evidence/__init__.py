"""What assertions rest on: facts and decisions, the levels they give, and the statuses they allow."""
