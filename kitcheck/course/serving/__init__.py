"""The web page of a class: what its grade book says, for those who have the link, and nothing that can be changed."""

HOST, PORT = "127.0.0.1", 8765
"""Where it is when nobody says: seen by this machine only."""
