"""Alembic's entrance: runs the steps on the connection, and in the transaction, of whoever opens the book."""

from alembic import context

from kitcheck.course.book.tables import Table
from kitcheck.course.book.upgrading import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
