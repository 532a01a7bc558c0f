"""The generic families: promises every contract makes, read from its document and the decisions alone."""
