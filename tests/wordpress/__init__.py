"""The stand-in of WordPress."""
