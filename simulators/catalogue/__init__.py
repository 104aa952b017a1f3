"""The rooms of the catalogue: mistakes by the checkpoint at which they are seen, correct kits, faults."""
