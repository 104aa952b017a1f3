"""Every handler that is simulated, in the order in which `describe` lists them."""
