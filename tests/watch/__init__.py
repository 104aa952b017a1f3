"""Following a kit while somebody works on it."""
