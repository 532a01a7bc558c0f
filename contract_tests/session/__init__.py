"""How checks talk to an implementation: requests, their exchanges, and the cleanup of what was created."""
