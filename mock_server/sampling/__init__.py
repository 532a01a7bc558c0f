"""Values for any schema, made up where a spec gives none."""
