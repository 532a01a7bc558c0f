"""Generate values for any schema, from the spec's examples where it has them."""
