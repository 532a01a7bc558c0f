"""What one contract promises beyond what its specification can say: a module of its name each."""
