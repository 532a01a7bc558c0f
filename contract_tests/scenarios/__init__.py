"""Stories that the tables of the contracts tell: what is done, in which order, and what must then be seen."""
