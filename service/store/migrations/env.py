"""Runs Alembic's migrations on the connection it is given; refuses to find a database by itself.

On SQLite foreign keys are off while tables are rebuilt (with ON, a rebuild can empty the table that points at it) and checked
afterwards.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from service.store.columns import UTCDateTime
from service.store.schema import METADATA


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401  Alembic's signature
    """Write our own column type as what it is in the database: an old migration must not need today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def run(connection: Connection) -> None:
    """Run what is asked for in one transaction, as far as the database can."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
