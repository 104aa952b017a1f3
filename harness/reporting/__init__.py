"""Pages for people: a result as one HTML file, in the languages that the catalogues have."""
