"""A test letter that somebody asks for on its page leaves by the real sender, and comes as a reader would get it."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from service.actions import admins
from service.app import build
from service.domain.roles import Role
from service.store.account_tables import Admin
from service.store.tables import Letter, Subscriber
from tests.parts.river import TUESDAY, Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import World, text_of, world_of
from tests.web.admin.seats import StandInSeats

ADA, BEN = "ada@example.org", "ben@example.org"


@pytest.fixture
def world(sqlite_url: str, redis: Redis, witness: Witness) -> Iterator[World]:
    """A site with a programme, and two people at its desk."""
    with world_of(Parts(sqlite_url, redis.url, witness.url), witness, "after-leaving") as world:
        with world.service.write() as session:
            for address, role in ((ADA, Role.OWNER), (BEN, Role.EDITOR)):
                admins.invite(session, address, role=role, wall=world.service.wall())
        world.at(TUESDAY)
        yield world


def desk(world: World) -> FlaskClient:
    """The desk with Ada in the seat."""
    seats = StandInSeats()
    seats.sit()
    return build(world.service, seats=seats).test_client()


def test_a_test_of_unpublished_words_reaches_oneself_and_a_colleague_in_both_forms(world: World) -> None:
    with world.service.read() as session:
        letter = session.scalars(select(Letter.id).order_by(Letter.id)).first()
        to = {admin.email: admin.id for admin in session.scalars(select(Admin))}
    client, page = desk(world), f"/admin/letters/{letter}"
    revision = re.search(r'name="revision" value="([^"]+)"', client.get(page).text)
    assert revision is not None
    words = {
        "title": "A bench",
        "subject": "A bench in the park",
        "opening": "Nobody hurries you here.",
        "practice": "1. Sit.",
    }
    assert client.post(page, data=words | {"language": "en", "revision": revision[1]}).status_code == 303
    form = {"language": "en", "to": [str(to[ADA]), str(to[BEN])], "form": ["discreet", "open"]}
    assert client.post(f"{page}/try", data=form).status_code == 303
    assert world.witness.received() == [], "the page itself sends nothing"

    world.at(TUESDAY)
    for address in (ADA, BEN):
        discreet, shown = sorted(world.mails(address), key=lambda mail: mail["Subject"] == "A bench in the park")
        assert (discreet["Subject"], shown["Subject"]) == ("Your weekly note", "A bench in the park")
        for mail in (discreet, shown):
            assert "Nobody hurries you here." in text_of(mail)
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "to its last header as a reader gets it"
    assert desk(world).get(f"{page}/try").text.count("It left") == 4
    with world.service.read() as session:
        assert session.scalars(select(Subscriber)).all() == [], "nobody was made up for it"
