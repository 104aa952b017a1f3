"""How a kit is reached, asked, judged, recorded and reported. Never learns whether a kit is simulated."""
