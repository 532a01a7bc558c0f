"""The files a server plays, read again while it serves: what fits is kept, broken files change nothing."""
