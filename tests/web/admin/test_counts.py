"""What the first page counts opens its list; what cannot be done is not offered; owners are told of a file that was taken."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from service.actions import admins
from service.bootstrap import Service
from service.domain.roles import Role
from service.store.desk_tables import DeskMail
from tests.parts.river import TUESDAY, confirmed
from tests.web.admin.seats import StandInSeats

COUNTED = ("sent today", "sent in seven days", "skipped in seven days", "with an unknown outcome", "refused, to look at")
PEOPLE = ("who read", "of them pause", "have not confirmed yet", "confirmed", "left", "began a pause")


def links(page: str) -> dict[str, str]:
    """Where each count leads, by its words."""
    found = re.findall(r'<a class="count" href="([^"]+)"><span class="number">[^<]*</span> ([^<]+)</a>', page)
    return {words: href for href, words in found}


def test_every_count_of_the_first_page_opens_a_list_that_is_there(client: FlaskClient, service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    shown = links(client.get("/admin/").text)
    assert {*COUNTED, *PEOPLE} <= shown.keys()
    for words, href in shown.items():
        assert client.get(href.replace("&amp;", "&")).status_code == 200, words
    assert "reader@example.net" in client.get(shown["who read"]).text


def test_whoever_may_not_see_a_list_gets_the_count_alone(client: FlaskClient, seats: StandInSeats) -> None:
    for role in (Role.EDITOR, Role.SUPPORT):
        seats.sit(role)
        shown = links(client.get("/admin/").text)
        assert not set(PEOPLE) & shown.keys()
        assert {client.get(href.replace("&amp;", "&")).status_code for href in shown.values()} == {200}


def test_a_letter_of_which_nothing_waits_says_so_and_promises_nothing(client: FlaskClient) -> None:
    page = client.get("/admin/letters/publish?letter=1").text
    assert "Nothing is waiting to be published" in page
    assert "What this does" not in page
    assert 'type="submit"' not in page.partition("<main")[2]


def test_languages_of_pages_have_names(client: FlaskClient) -> None:
    assert "<h1>Privacy, Spanish</h1>" in client.get("/admin/pages/privacy/es").text
    assert 'data-label="Language">Spanish<' in client.get("/admin/pages").text


def test_taking_the_file_of_all_readers_tells_the_owner_who_took_it(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        ada, _ = admins.invite(session, "ada@example.org", role=Role.OWNER, wall=TUESDAY)
        ada.confirmed_at, seated = TUESDAY, ada.id
    assert seated == 1, "the seat's own account"
    assert client.post("/admin/people/export", data={"why": ""}).status_code == 422
    assert client.post("/admin/people/export", data={"why": "a move to another house"}).status_code == 200
    with service.read() as session:
        (note,) = session.scalars(select(DeskMail))
    assert note.admin_id == seated
    assert "a move to another house" not in note.source
