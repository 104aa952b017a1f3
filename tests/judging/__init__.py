"""Tests of judging functions, with plain data and no kit."""
