"""How a kit is reached, asked, judged, recorded and reported. Every kit is the same to it."""
