"""A runner of Arazzo 1.0 workflows."""
