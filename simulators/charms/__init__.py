"""How charms behave: what each does on its machine at every hook and action, and the archives that students deploy."""
