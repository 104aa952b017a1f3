"""How NGINX reads its configuration: from text to the model, with its own words for what is wrong."""
