"""Tells step by step what of a kit can be reached, and what to mend: no grading, and nothing is changed anywhere."""
