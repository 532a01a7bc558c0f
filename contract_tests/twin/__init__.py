"""Two implementations of one contract compared by what they do: the same sequences of calls on both."""
