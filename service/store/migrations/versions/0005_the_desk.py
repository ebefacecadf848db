"""the desk: batches, drafts, choices, imports, the trail; mail to those who work there

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD_KINDS = "kind IN ('confirm', 'manage', 'welcome', 'address', 'export', 'letter')"
NEW_KINDS = "kind IN ('confirm', 'manage', 'welcome', 'address', 'export', 'offer', 'test', 'digest', 'letter')"
OLD_STATES = "state IN ('live', 'retired')"
NEW_STATES = "state IN ('draft', 'live', 'retired')"
NO_READER = "(kind IN ('test', 'digest')) = (subscriber_id IS NULL)"
TO_LOOK_AT = sa.text("state IN ('unknown', 'refused')")
OTHER_ENDS = sa.text("state IN ('unknown', 'refused', 'skipped')")
ACTIVE = sa.text("state = 'active'")
TABLES = (
    *("desk_mail", "review_links", "drafts", "import_rows", "batches", "own_pages", "openings", "line_checks", "imports"),
    *("holds", "choices", "audit"),
)


@contextmanager
def changed(table: str) -> Iterator[BatchOperations]:
    """A table with other columns and other checks: rebuilt on SQLite, where ids must stay unused for ever, altered elsewhere."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    options = {"sqlite_autoincrement": True} if sqlite and table == "messages" else {}
    last = last_id(table) if options else None
    with op.batch_alter_table(table, recreate="always" if sqlite else "never", table_kwargs=options) as batch:
        yield batch
    if last:
        # The new table knows of the rows that are there, not of those that were: theirs may have been the highest ids.
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
        op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})")


def last_id(table: str) -> int | None:
    """The highest id that SQLite ever gave in a table."""
    found = op.get_bind().execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table"), {"table": table})
    last: int | None = found.scalar()
    return last


def recheck(batch: BatchOperations, table: str, name: str, condition: str) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def keep_the_trail() -> None:
    """Let the database itself refuse to change or delete a line of the trail."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{deed.lower()} BEFORE {deed} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'The trail is only added to.'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'The trail is only added to.'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()"
    )


def clean_up(when: str) -> None:
    """How soon PostgreSQL tidies up the tables that change most: counts answer from indexes alone only where it has."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("messages", "enrolments"):
            for name in ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor"):
                op.execute(f"ALTER TABLE {table} {when.format(name)}")


def upgrade() -> None:
    clean_up("SET ({} = 0.02)")
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("seal", name=op.f("uq_audit_seal")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit", schema=None) as batch:
        batch.create_index("ix_audit_about", ["about", "id"], unique=False)
        batch.create_index(batch.f("ix_audit_admin_id"), ["admin_id"], unique=False)

    op.create_table(
        "choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choices")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("choices", schema=None) as batch:
        batch.create_index("ix_choices_name", ["name", "id"], unique=False)

    op.create_table(
        "holds",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_holds")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("next_row", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('read', 'running', 'done', 'stopped')", name=op.f("ck_imports_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("imports", schema=None) as batch:
        batch.create_index(batch.f("ix_imports_sha256"), ["sha256"], unique=False)
        batch.create_index(batch.f("ix_imports_state"), ["state"], unique=False)

    op.create_table(
        "line_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_checks")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("line_checks", schema=None) as batch:
        batch.create_index("ix_line_checks_line", ["country", "line", "id"], unique=False)

    op.create_table(
        "openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "own_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_pages")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("own_pages", schema=None) as batch:
        batch.create_index("ix_own_pages_name", ["name", "language", "id"], unique=False)

    op.create_table(
        "batches",
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("rolling", sa.Boolean(), nullable=False),
        sa.Column("rolling_until", sa.Date(), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("cadence_days", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("spread_hours", sa.Integer(), nullable=False),
        sa.Column("manner", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.String(length=200), nullable=False),
        sa.Column("taken_to", sa.Integer(), nullable=False),
        sa.Column("taken_all_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'running', 'paused', 'done', 'cancelled')", name=op.f("ck_batches_state")
        ),
        sa.CheckConstraint("manner IN ('instead', 'extra')", name=op.f("ck_batches_manner")),
        sa.ForeignKeyConstraint(["sequence_id"], ["sequences.id"], name=op.f("fk_batches_sequence_id")),
        sa.PrimaryKeyConstraint("sequence_id", name=op.f("pk_batches")),
    )
    with op.batch_alter_table("batches", schema=None) as batch:
        batch.create_index(batch.f("ix_batches_state"), ["state"], unique=False)

    op.create_table(
        "import_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("done", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("import_id", "number", name=op.f("uq_import_rows_import_id_number")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.String(length=120), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_drafts_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("letter_id", "language", name=op.f("uq_drafts_letter_id_language")),
    )
    op.create_table(
        "review_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("said", sa.String(length=8), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("said IN ('', 'fine', 'change')", name=op.f("ck_review_links_said")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_review_links_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_review_links_token_hash")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("review_links", schema=None) as batch:
        batch.create_index(batch.f("ix_review_links_letter_id"), ["letter_id"], unique=False)

    op.create_table(
        "desk_mail",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_desk_mail_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_desk_mail")),
    )
    with op.batch_alter_table("desk_mail", schema=None) as batch:
        batch.create_index(batch.f("ix_desk_mail_admin_id"), ["admin_id"], unique=False)

    with changed("enrolments") as batch:
        batch.add_column(sa.Column("hour", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("shift_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("why", sa.String(length=32), nullable=True))
        batch.drop_index("ix_enrolments_sequence_id")
    op.create_index("ix_enrolments_account", "enrolments", ["sequence_id", "state", "last_letter_id", "why"])
    op.create_index(
        "ix_subscribers_counted",
        "subscribers",
        ["extras", "language", "country"],
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
    with changed("letters") as batch:
        recheck(batch, "letters", "state", NEW_STATES)
    with changed("messages") as batch:
        for name in ("bounced_at", "complained_at", "left_at"):
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch.alter_column("subscriber_id", existing_type=sa.INTEGER(), nullable=True)
        recheck(batch, "messages", "kind", NEW_KINDS)
        batch.create_check_constraint(op.f("ck_messages_desk_mail_has_no_reader"), NO_READER)
        batch.drop_index("ix_messages_letter_id")
        batch.create_index("ix_messages_letter", ["letter_id", "settled_at"])
        batch.create_index("ix_messages_account", ["letter_id", "enrolment_id", "turn", "state", "reason"])
        batch.create_index("ix_messages_settled", ["settled_at"])
        batch.create_index(
            "ix_messages_others",
            ["settled_at", "letter_id", "state"],
            sqlite_where=OTHER_ENDS,
            postgresql_where=OTHER_ENDS,
        )
        batch.create_index(
            "ix_messages_to_look_at",
            ["state", "left_at", "id", "kind"],
            sqlite_where=TO_LOOK_AT,
            postgresql_where=TO_LOOK_AT,
        )
    op.create_index("ix_enrolment_history_at", "enrolment_history", ["at"])
    op.create_index("ix_consents_submitted_at", "consents", ["submitted_at"])
    op.create_index("ix_consents_confirmed_at", "consents", ["confirmed_at"])
    with op.batch_alter_table("sequences") as batch:
        batch.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("file_shape", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("desk_shaped", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("versions") as batch:
        batch.add_column(sa.Column("by", sa.String(length=120), nullable=False, server_default=""))
        batch.add_column(sa.Column("reviewed_by", sa.String(length=120), nullable=False, server_default=""))
    keep_the_trail()


def downgrade() -> None:
    clean_up("RESET ({})")
    # What only this revision knows has no place in the one before: batches, drafts, offers, mail to the desk, and what points there.
    unknown = "SELECT id FROM sequences WHERE kind = 'batch'"
    letters = f"SELECT id FROM letters WHERE state = 'draft' OR sequence_id IN ({unknown})"
    enrolments = f"SELECT id FROM enrolments WHERE sequence_id IN ({unknown})"
    mail = f"kind = 'offer' OR subscriber_id IS NULL OR letter_id IN ({letters}) OR enrolment_id IN ({enrolments})"
    for table in TABLES:
        if table == "audit" and op.get_bind().dialect.name == "postgresql":
            op.execute("DROP FUNCTION audit_is_kept CASCADE")
        op.drop_table(table)
    for statement in (
        f"DELETE FROM attempts WHERE message_id IN (SELECT id FROM messages WHERE {mail})",
        f"DELETE FROM messages WHERE {mail}",
        f"DELETE FROM enrolment_history WHERE letter_id IN ({letters}) OR enrolment_id IN ({enrolments})",
        f"DELETE FROM enrolments WHERE sequence_id IN ({unknown})",
        f"DELETE FROM care_sums WHERE letter_id IN ({letters})",
        f"DELETE FROM version_texts WHERE version_id IN (SELECT id FROM versions WHERE letter_id IN ({letters}))",
        f"DELETE FROM versions WHERE letter_id IN ({letters})",
        f"DELETE FROM letters WHERE state = 'draft' OR sequence_id IN ({unknown})",
        f"DELETE FROM phases WHERE sequence_id IN ({unknown})",
        "DELETE FROM sequences WHERE kind = 'batch'",
    ):
        op.execute(statement)
    for table, names in (("versions", ("reviewed_by", "by")), ("sequences", ("desk_shaped", "file_shape", "held_at"))):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
    op.drop_index("ix_consents_confirmed_at", "consents")
    op.drop_index("ix_consents_submitted_at", "consents")
    op.drop_index("ix_enrolment_history_at", "enrolment_history")
    with changed("messages") as batch:
        batch.drop_index("ix_messages_to_look_at")
        batch.drop_index("ix_messages_others")
        batch.drop_index("ix_messages_settled")
        batch.drop_index("ix_messages_account")
        batch.drop_index("ix_messages_letter")
        batch.create_index("ix_messages_letter_id", ["letter_id"])
        batch.drop_constraint(op.f("ck_messages_desk_mail_has_no_reader"), type_="check")
        recheck(batch, "messages", "kind", OLD_KINDS)
        batch.alter_column("subscriber_id", existing_type=sa.INTEGER(), nullable=False)
        for name in ("left_at", "complained_at", "bounced_at"):
            batch.drop_column(name)
    with changed("letters") as batch:
        recheck(batch, "letters", "state", OLD_STATES)
    op.drop_index("ix_subscribers_counted", "subscribers")
    op.drop_index("ix_enrolments_account", "enrolments")
    with changed("enrolments") as batch:
        batch.create_index("ix_enrolments_sequence_id", ["sequence_id"])
        for name in ("why", "shift_minutes", "hour"):
            batch.drop_column(name)
