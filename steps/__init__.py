"""What each sentence of a feature means: thin, one module per subject."""
