"""Hostile requests: whatever a client sends, the mock answers, and answers the next one."""
