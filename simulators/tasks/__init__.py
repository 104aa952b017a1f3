"""Our stand-in for the lab's Django application, and how it is installed."""
