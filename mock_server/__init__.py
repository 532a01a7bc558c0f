"""A stateful mock server for API contracts: routes, validation and errors come from OpenAPI, stateful
behaviour from behaviour files."""
