"""Requirements of one contract alone: the module named like a contract."""
