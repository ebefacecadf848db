"""Lets whoever runs the demo in to its desk, by a link; refuses to know of any database but the demo's own file."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service.actions import admins as accounts
from service.domain.accounts import LinkPurpose
from service.domain.addresses import key
from service.domain.roles import Role
from service.store import admins
from service.store.database import open_database

OWNER: Final = "owner@example.org"


def sign_in_path(data: Path) -> str:
    """A fresh link to the desk of a demo, without its site, as its ready owner. Links of earlier starts stop working."""
    database, wall = open_database(f"sqlite:///{data}"), datetime.now(UTC)
    try:
        with database.write() as session:
            owner = admins.find(session, key(OWNER))
            if owner is None:
                owner, _ = accounts.invite(session, OWNER, role=Role.OWNER, name="Demo owner", wall=wall)
            return f"/admin/sign-in/link/{accounts.new_link(session, owner, LinkPurpose.DEMO, wall=wall)}"
    finally:
        database.close()


if __name__ == "__main__":
    print(sign_in_path(Path(sys.argv[1])))
