"""A contract-test harness: judges any implementation of an API against the promises its documents make."""
