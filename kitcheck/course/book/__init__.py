"""The grade book: what every attempt earned, and what teachers decided, kept for good."""

from kitcheck.course.book.book import Book, open_book

__all__ = ["Book", "open_book"]
