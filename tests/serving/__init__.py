"""The web page of a class."""
