"""The stand-in of MySQL."""
