"""A file of all readers is told to every owner, whoever took it, and to nobody else; the note says no reader and no reason."""

from datetime import timedelta
from email import message_from_bytes, policy

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.actions import given_out, messages
from service.bootstrap import Service
from service.domain.roles import Role
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail
from tests.parts.river import TUESDAY
from tests.parts.world import text_of


def admin(session: Session, name: str, role: Role, **more: object) -> int:
    address = f"{name.split()[0].lower()}@example.org"
    row = Admin(
        email=address,
        email_key=address,
        name=name,
        role=role,
        zone="Europe/Berlin",
        fs_uniquifier=name,
        fs_webauthn_user_handle=name,
        created_at=TUESDAY,
        **({"confirmed_at": TUESDAY} | more),
    )
    session.add(row)
    session.flush()
    return row.id


def test_every_owner_gets_a_note_that_can_be_sent(bare_service: Service) -> None:
    service = bare_service
    with service.write() as session:
        ada, ben = admin(session, "Ada *B*", Role.OWNER), admin(session, "Ben", Role.OWNER)
        admin(session, "Eve", Role.EDITOR)
        admin(session, "Gone", Role.OWNER, active=False)
        admin(session, "Invited", Role.OWNER, confirmed_at=None)
        given_out.tell(session, ada, base_url=service.site.base_url, wall=TUESDAY)
        assert session.scalars(select(DeskMail.admin_id).order_by(DeskMail.admin_id)).all() == [ada, ben]
    with service.write() as session:
        taken = messages.take(session, token="t", lease=timedelta(minutes=5), now=TUESDAY, wall=TUESDAY, speed=1)
    assert taken is not None
    mail = message_from_bytes(service.compose(taken.posting).data, policy=policy.default)
    assert mail["To"] == "ada@example.org"
    words = " ".join(text_of(mail).split())
    assert "Ada *B* took a file of everybody on the list, on Tuesday 3 March at 11:00, Europe/Berlin time." in words
