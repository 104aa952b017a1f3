"""Following a kit while somebody works on it: rounds of grading, and what of them is shown."""
