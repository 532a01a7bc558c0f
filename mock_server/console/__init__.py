"""The pages at /__admin/: what the admin API can do, for people."""
