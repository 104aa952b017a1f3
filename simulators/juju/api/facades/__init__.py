"""The facades of the API: each file answers the requests about one subject."""
