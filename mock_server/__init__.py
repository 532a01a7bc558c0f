"""A stateful mock server that plays API contracts: routes, validation and errors from OpenAPI, behaviour
declared beside it."""
