"""Two documents of one API compared: what breaks clients, what breaks servers, what is harmless."""
