"""Control of a mock server from tests: a client of the admin API (`client`) and a pytest plugin
(`plugin`)."""
