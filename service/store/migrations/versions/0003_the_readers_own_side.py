"""the reader's own side: moves, wishes, fresh links, sums

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD_KINDS = "kind IN ('confirm', 'manage', 'welcome', 'letter')"
NEW_KINDS = "kind IN ('confirm', 'manage', 'welcome', 'address', 'export', 'letter')"
NO_REUSE = ("messages", "subscribers")


@contextmanager
def changed(table: str) -> Iterator[BatchOperations]:
    """A table with other columns and other checks: rebuilt on SQLite, where ids must stay unused for ever, altered elsewhere."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    options = {"sqlite_autoincrement": True} if sqlite and table in NO_REUSE else {}
    with op.batch_alter_table(table, recreate="always" if sqlite else "never", table_kwargs=options) as batch:
        yield batch


def check(batch: BatchOperations, table: str, name: str, condition: str) -> None:
    batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def uncheck(batch: BatchOperations, table: str, name: str) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def a_json(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default=empty)


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("letter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "letter_id", "state", name=op.f("pk_tallies")),
    )
    op.create_table(
        "fresh_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("address_key", sa.String(length=254), nullable=True),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('address', 'export', 'erase')", name=op.f("ck_fresh_links_purpose")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=op.f("fk_fresh_links_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fresh_links")),
        sa.UniqueConstraint("ref", name=op.f("uq_fresh_links_ref")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_fresh_links_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("fresh_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fresh_links_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_fresh_links_subscriber_id"), ["subscriber_id"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_by", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures") as batch:
        batch.create_index(batch.f("ix_erasures_gone_by"), ["gone_by"])
    op.create_table(
        "care_sums",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_care_sums_letter_id")),
        sa.PrimaryKeyConstraint("letter_id", "answer", name=op.f("pk_care_sums")),
    )

    with op.batch_alter_table("consents") as batch:
        batch.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("phases") as batch:
        batch.add_column(sa.Column("begin", sa.String(length=200), nullable=False, server_default=""))
        batch.add_column(a_json("translations", "{}"))
    with op.batch_alter_table("sequences") as batch:
        batch.add_column(a_json("paces", "[]"))
        batch.add_column(flag("again"))
        batch.add_column(a_json("fits", "[]"))
        batch.add_column(sa.Column("discreet_title", sa.String(length=200), nullable=False, server_default=""))
        batch.add_column(a_json("translations", "{}"))
    with changed("letters") as batch:
        batch.add_column(sa.Column("role", sa.String(length=16), nullable=False, server_default="main"))
        batch.alter_column("phase_id", existing_type=sa.INTEGER(), nullable=True)
        check(batch, "letters", "role", "role IN ('main', 'alternate', 'check-in')")
        check(batch, "letters", "check_in_has_no_phase", "(role = 'check-in') = (phase_id IS NULL)")
    with changed("enrolments") as batch:
        batch.add_column(sa.Column("wish", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("wish_phase_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f("fk_enrolments_wish_phase_id"), "phases", ["wish_phase_id"], ["id"])
        check(batch, "enrolments", "wish", "wish IN ('stay', 'part', 'again')")
    with changed("messages") as batch:
        batch.add_column(sa.Column("wish_before", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("wish_phase_before_id", sa.Integer(), nullable=True))
        batch.add_column(flag("after_pause"))
        batch.add_column(sa.Column("fresh_link_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f("fk_messages_wish_phase_before_id"), "phases", ["wish_phase_before_id"], ["id"])
        batch.create_foreign_key(batch.f("fk_messages_fresh_link_id"), "fresh_links", ["fresh_link_id"], ["id"])
        batch.create_index(batch.f("ix_messages_fresh_link_id"), ["fresh_link_id"])
        uncheck(batch, "messages", "kind")
        check(batch, "messages", "kind", NEW_KINDS)
    with changed("subscribers") as batch:
        batch.add_column(sa.Column("address_epoch", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("support", sa.String(length=8), nullable=False, server_default="link"))
        for name in ("link_only", "plain_text", "extras", "tell_me"):
            batch.add_column(flag(name))
        batch.add_column(a_json("quiet_days", "[]"))
        check(batch, "subscribers", "support", "support IN ('all', 'one', 'link')")


def downgrade() -> None:
    op.execute("DELETE FROM messages WHERE kind IN ('address', 'export')")
    # What only this revision knows has no place in the one before: letters beyond the main ones, and what points at them.
    for table in ("messages", "enrolment_history", "versions", "letters"):
        column = "id" if table == "letters" else "letter_id"
        beyond = "SELECT id FROM letters WHERE role <> 'main'"
        if table == "versions":
            op.execute(f"DELETE FROM version_texts WHERE version_id IN (SELECT id FROM versions WHERE letter_id IN ({beyond}))")
        if table == "messages":
            op.execute(f"DELETE FROM attempts WHERE message_id IN (SELECT id FROM messages WHERE letter_id IN ({beyond}))")
        op.execute(f"DELETE FROM {table} WHERE {column} IN ({beyond})")
    with changed("subscribers") as batch:
        uncheck(batch, "subscribers", "support")
        for name in ("quiet_days", "tell_me", "extras", "plain_text", "link_only", "support", "address_epoch"):
            batch.drop_column(name)
    with changed("messages") as batch:
        uncheck(batch, "messages", "kind")
        check(batch, "messages", "kind", OLD_KINDS)
        batch.drop_constraint(batch.f("fk_messages_fresh_link_id"), type_="foreignkey")
        batch.drop_constraint(batch.f("fk_messages_wish_phase_before_id"), type_="foreignkey")
        batch.drop_index(batch.f("ix_messages_fresh_link_id"))
        for name in ("fresh_link_id", "after_pause", "wish_phase_before_id", "wish_before"):
            batch.drop_column(name)
    with changed("enrolments") as batch:
        uncheck(batch, "enrolments", "wish")
        batch.drop_constraint(batch.f("fk_enrolments_wish_phase_id"), type_="foreignkey")
        batch.drop_column("wish_phase_id")
        batch.drop_column("wish")
    with changed("letters") as batch:
        uncheck(batch, "letters", "role")
        uncheck(batch, "letters", "check_in_has_no_phase")
        batch.alter_column("phase_id", existing_type=sa.INTEGER(), nullable=False)
        batch.drop_column("role")
    for table, names in (
        ("sequences", ("translations", "discreet_title", "fits", "again", "paces")),
        ("phases", ("translations", "begin")),
        ("consents", ("not_before",)),
    ):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
    for table in ("care_sums", "erasures", "fresh_links", "tallies"):
        op.drop_table(table)
