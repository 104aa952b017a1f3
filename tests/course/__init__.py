"""Tests of classes: class file, grade book, grades, and what runs them."""
