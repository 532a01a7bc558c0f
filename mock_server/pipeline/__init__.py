"""A request on its way from route to reply; `steps` lists what happens to it."""
