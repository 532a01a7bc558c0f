"""Which readings of the decisions an implementation confirms or refutes, told from a run."""
