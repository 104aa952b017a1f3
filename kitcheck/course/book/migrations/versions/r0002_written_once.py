"""The database itself refuses to change or remove what was written."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("attempts", "marks", "waivers")


def upgrade() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'a grade book is only added to'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION grade_book_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a grade book is only added to'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION grade_book_is_only_added_to()"
        )
