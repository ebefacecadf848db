"""A letter is called by its title wherever somebody at the desk meets it, and not by the name of its file."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.store import care
from service.store.tables import Letter, Message, Subscriber
from tests.parts.batches import River
from tests.parts.river import TUESDAY, confirmed

TITLE = "Letter after-leaving-1"


def test_a_letter_that_ended_has_its_title_on_every_page(client: FlaskClient, service: Service) -> None:
    confirmed(service, "reader@example.net", now=TUESDAY, wall=TUESDAY)
    river = River(service)
    due = river.due(TUESDAY)
    assert due is not None
    river.plan(due)
    with service.write() as session:
        ended = {"state": State.UNKNOWN, "reason": "unheard", "settled_at": due + timedelta(minutes=1)}
        session.execute(update(Message).where(Message.kind == Kind.LETTER).values(ended))
        ref = session.scalars(select(Subscriber.ref)).one()
    for path in ("outcomes?state=unknown", f"people/{ref}", f"machine/reader/{ref}"):
        page = client.get(f"/admin/{path}").text
        assert TITLE in page, path
        assert "After leaving 1" not in page, path


def test_what_readers_say_is_said_of_a_title(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        letter = session.scalars(select(Letter.id).order_by(Letter.id)).first()
        assert letter is not None
        for _ in range(5):
            care.add(session, letter, "helped")
    assert TITLE in client.get("/admin/").text
