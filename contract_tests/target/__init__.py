"""The target file: where an implementation is, as whom to call it, and what exists there."""
