"""Which readings of the decisions an implementation confirms or refutes, as a run shows."""
