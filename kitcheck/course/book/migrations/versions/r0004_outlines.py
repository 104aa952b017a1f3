"""Attempts without their evidence, beside the attempts: grades are made of them, and evidence is most of a book."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table, and fill it from the attempts that are there."""
    outlines = op.create_table(
        "outlines",
        sa.Column("attempt_id", sa.Integer, sa.ForeignKey("attempts.id"), primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    bind = op.get_bind()
    attempts = sa.table("attempts", sa.column("id"), sa.column("document"))
    # one at a time: a class' evidence together may be larger than the memory
    for id_ in bind.scalars(sa.select(attempts.c.id).order_by(attempts.c.id)).all():
        document = bind.scalar(sa.select(attempts.c.document).where(attempts.c.id == id_))
        bind.execute(sa.insert(outlines).values(attempt_id=id_, document=_outline(document or "{}")))
    if bind.dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER outlines_no_{change.lower()} BEFORE {change} ON outlines "
                "BEGIN SELECT RAISE(ABORT, 'a grade book is only added to'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER outlines_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON outlines "
        "FOR EACH STATEMENT EXECUTE FUNCTION grade_book_is_only_added_to()"
    )


def _outline(document: str) -> str:
    said: Any = json.loads(document)
    for entry in said.get("checkpoints", []):
        for check in entry["checks"]:
            check["evidence"] = []
    return json.dumps(said, separators=(",", ":"))
