"""What check families share."""
