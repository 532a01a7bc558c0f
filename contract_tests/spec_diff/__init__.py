"""Two documents of one API compared: what breaks clients, what breaks servers, what harms nobody."""
