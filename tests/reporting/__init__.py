"""Tests of the pages that people read: their structure, their words, and that nothing in them is alive."""
