"""Looking at a kit: each function asks it one question and returns what it saw, unjudged."""
