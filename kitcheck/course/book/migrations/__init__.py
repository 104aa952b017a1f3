"""How the grade book's tables came to be, step by step; run by Alembic when a book is opened."""
