"""Writing a letter at the desk: saved, seen, tried, reviewed, published; two at once; what is hostile is refused."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from service.actions import admins, batches
from service.bootstrap import Service
from service.domain.roles import Role
from service.store import audit, letters, sequences
from service.store.desk_tables import DeskMail, Draft, ReviewLink
from service.store.tables import Letter, Message, Sequence, Version
from tests.parts.river import TUESDAY
from tests.web.admin.seats import StandInSeats

LETTER = "/admin/letters/1"
HTMX = {"HX-Request": "true"}
WORDS = {
    "language": "en",
    "revision": "-1",
    "title": "Small steps",
    "subject": "Small steps",
    "opening": "This is the opening.\r\n\r\nIt has two parts.",
    "practice": "1. Breathe out slowly.\r\n2. Sit down.",
}


def draft(service: Service, letter_id: int = 1) -> Draft | None:
    with service.read() as session:
        return letters.drafts_of(session, letter_id).get("en")


def newest(service: Service, letter_id: int = 1) -> tuple[Version, str]:
    with service.read() as session:
        version = sequences.newest_version(session, letter_id)
        assert version is not None
        return version, letters.published(session, letter_id)["en"]


def words(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_what_is_typed_is_saved_and_stands_there_again(client: FlaskClient, service: Service) -> None:
    assert client.post(LETTER, data=WORDS).status_code == 303
    page = client.get(LETTER).text
    assert "This is the opening.\n\nIt has two parts.</textarea>" in page
    assert 'value="Small steps"' in page
    assert "Ada saved it" in words(page)
    with service.read() as session:
        assert [(line.what, line.about) for line in audit.lines(session)] == [("letter edited", "letter:1")]


def test_opening_a_letter_and_saving_it_as_it_is_makes_no_draft(client: FlaskClient, service: Service) -> None:
    form = re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"[^>]*?(?: value="([^"]*)"|>\n([^<]*)<)', client.get(LETTER).text)
    typed = {name: (value or text).replace("\n", "\r\n") for name, value, text in form}
    assert client.post(LETTER, data={"shape": "full", "intensity": "1"} | typed).status_code == 303
    assert draft(service) is None


def test_many_saves_of_one_sitting_are_one_line_on_the_trail(client: FlaskClient, service: Service) -> None:
    revision = "-1"
    for opening in ("One.", "One. Two.", "One. Two. Three."):
        answer = client.post(LETTER, data=WORDS | {"opening": opening, "revision": revision}, headers=HTMX)
        assert answer.status_code == 200
        found = re.search(r'id="revision" name="revision" value="(\d+)"', answer.text)
        assert found is not None
        revision = found[1]
    with service.read() as session:
        assert len(audit.lines(session)) == 1
    assert "One. Two. Three." in (draft(service) or Draft(source="")).source


def test_autosave_answers_with_the_look_and_what_is_to_be_mended(client: FlaskClient) -> None:
    answer = client.post(LETTER, data=WORDS | {"practice": "Breathe out.", "view_form": "open"}, headers=HTMX).text
    assert '<p class="subject">Small steps</p>' in answer
    assert re.search(r'id="said-practice" hx-swap-oob="true">\s*<li class="block"><b>To mend:</b>', answer)
    assert re.search(r'<iframe[^>]* src="/admin/letters/1/frame\?language=en&amp;revision=\d+&amp;view_form=open"', answer)


def test_the_preview_runs_nothing_and_can_be_dark(client: FlaskClient) -> None:
    client.post(LETTER, data=WORDS)
    light, dark = (client.get(f"{LETTER}/frame", query_string={"view_shade": shade}) for shade in ("light", "dark"))
    policy = dark.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "allow-scripts" not in policy
    assert "This is the opening." in dark.text
    assert "color-scheme:dark!important" in dark.text
    assert "@media (min-width: 0)" in dark.text.replace("\n", " ")
    assert "color-scheme:light!important" in light.text
    assert "frame-src 'self'" in client.get(LETTER).headers["Content-Security-Policy"]


def test_the_rest_is_filled_in_and_said(client: FlaskClient, service: Service) -> None:
    client.post("/admin/programmes/1/letters", data={"title": "New", "phase": "1"})
    answer = client.post("/admin/letters/4", data=WORDS | {"revision": "0", "do": "help"})
    page = words(client.get(answer.location).text)
    assert "These were filled in for you" in page
    source = (draft(service, 4) or Draft(source="")).source
    assert "discreet subject: Your weekly note" in source
    assert "written by: Ada" in source


# Two at once


def test_the_second_editor_is_told_who_was_first_and_loses_nothing(
    client: FlaskClient, service: Service, seats: StandInSeats
) -> None:
    client.post(LETTER, data=WORDS | {"opening": "Ada writes this."})
    seats.sit(admin_id=2, name="Ben")
    mine = WORDS | {"opening": "Ben writes that."}
    answer = client.post(LETTER, data=mine, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (422, "none")
    assert "Ada has saved other words since you opened this." in answer.text
    page = client.post(LETTER, data=mine)
    assert page.status_code == 409
    assert "Ada was here too" in page.text
    assert "Ben writes that.</textarea>" in page.text
    assert re.search(r"<del>.*Ada.*</del>", page.text)
    assert re.search(r"<ins>.*Ben.*</ins>", page.text)
    assert "hx-post" not in page.text.partition('id="letter-form"')[2].partition(">")[0]
    assert "Ada writes this." in (draft(service) or Draft(source="")).source
    both = re.search(r'id="revision" name="revision" value="(\d+)"', page.text)
    assert both is not None
    client.post(LETTER, data=mine | {"revision": both[1], "opening": "Ada and Ben write this."})
    kept = draft(service)
    assert kept is not None
    assert "Ada and Ben write this." in kept.source
    assert kept.by == "Ben"


def test_whoever_began_with_words_that_were_published_over_is_told(client: FlaskClient, service: Service) -> None:
    client.post(LETTER, data=WORDS)
    client.post("/admin/letters/publish", data={"letter": "1"})
    answer = client.post(LETTER, data=WORDS | {"opening": "Begun before."})
    assert answer.status_code == 409
    assert "Ada published other words" in words(answer.text)
    assert draft(service) is None


# Published


def test_publishing_says_before_what_it_does_and_then_does_it(client: FlaskClient, service: Service) -> None:
    client.post("/admin/programmes/1/letters", data={"title": "Small steps", "phase": "2"})
    client.post("/admin/letters/4", data=WORDS | {"revision": "0"})
    page = words(client.get("/admin/letters/publish?letter=4").text)
    assert "1 letter added to phase 2 (Second): reaches 0 readers who have not passed it." in page
    assert "Filled in for you: shape," in page
    assert client.post("/admin/letters/publish", data={"letter": "4"}).location == "/admin/letters/4?published=yes"
    version, source = newest(service, 4)
    assert (version.origin, version.by) == ("desk", "Ada")
    assert "discreet subject: Your weekly note" in source
    assert draft(service, 4) is None
    with service.read() as session:
        assert session.get_one(Letter, 4).state == "live"
        assert [line.what for line in audit.lines(session, about="letter:4")] == ["letters published", "letter edited"]


@pytest.mark.parametrize("role", [Role.SUPPORT])
def test_who_may_not_write_sees_the_letter_and_changes_nothing(
    client: FlaskClient, seats: StandInSeats, service: Service, role: Role
) -> None:
    seats.sit(role)
    page = client.get(LETTER).text
    assert "readonly" in page
    assert 'name="do"' not in page
    assert client.post(LETTER, data=WORDS).status_code == 403
    assert client.post("/admin/letters/publish", data={"letter": "1"}).status_code == 403
    assert draft(service) is None


TOO_MUCH = {"nesting": "> " * 3000 + "deep", "long": "long words " * 12_000}
HOSTILE = {
    "control": "Hello \u202e there.",
    "script": "Hello <script>alert(1)</script> there.",
    "placeholder": "Hello {{ config }} there.",
    "http": "[the page](http://example.org/)",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_letter_is_kept_as_typed_runs_nothing_and_is_not_published(
    client: FlaskClient, service: Service, kind: str
) -> None:
    assert client.post(LETTER, data=WORDS | {"opening": HOSTILE[kind]}).status_code == 303
    page, frame = client.get(LETTER).text, client.get(f"{LETTER}/frame").text
    assert "<script>alert" not in page + frame
    assert "To mend:" in page
    assert "To mend:" in client.get("/admin/letters/publish?letter=1").text
    assert client.post("/admin/letters/publish", data={"letter": "1"}).status_code == 422
    assert newest(service)[0].number == 1
    kept = draft(service)
    assert kept is not None
    assert HOSTILE[kind].splitlines()[0] in kept.source


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_cannot_be_a_letter_is_refused_with_a_sentence_and_stays_in_its_field(
    client: FlaskClient, service: Service, kind: str
) -> None:
    answer = client.post(LETTER, data=WORDS | {"opening": TOO_MUCH[kind]})
    assert answer.status_code == 422
    assert "It was not saved; your words are still here." in answer.text
    assert str(escape(TOO_MUCH[kind])) in answer.text
    assert "still here" in client.post(LETTER, data=WORDS | {"opening": TOO_MUCH[kind]}, headers=HTMX).text
    assert draft(service) is None


def test_twenty_megabytes_are_refused_at_the_edge_with_a_sentence(client: FlaskClient, service: Service) -> None:
    answer = client.post(LETTER, data=WORDS | {"opening": "x" * 20_000_000})
    assert answer.status_code == 413
    assert "more than this form can take" in words(answer.text)
    assert draft(service) is None


# Versions


def test_versions_are_told_apart_and_an_old_one_becomes_a_draft_again(client: FlaskClient, service: Service) -> None:
    old = newest(service)[1]
    client.post(LETTER, data=WORDS)
    client.post("/admin/letters/publish", data={"letter": "1"})
    page = client.get(f"{LETTER}/versions").text
    assert re.search(r"<ins>.*Small steps.*</ins>", page)
    first = re.search(r"/versions/(\d+)/restore", page)
    assert first is not None
    client.post(f"{LETTER}/versions/{first[1]}/restore")
    assert (draft(service) or Draft(source="")).source == old
    assert client.post(f"{LETTER}/versions/{first[1]}/restore").status_code == 422
    client.post(f"{LETTER}/discard", data={"language": "en", "revision": str((draft(service) or Draft()).revision)})
    assert draft(service) is None


# Tests and reviews


def test_a_test_is_asked_for_and_the_page_says_where_it_is(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        admins.invite(session, "ada@example.org", role=Role.OWNER, wall=service.wall())
    client.post(LETTER, data=WORDS)
    assert client.post(f"{LETTER}/try", data={"language": "en"}).status_code == 422
    form = {"language": "en", "to": "1", "form": ["discreet", "open"]}
    assert client.post(f"{LETTER}/try", data=form).status_code == 303
    with service.read() as session:
        sent = session.scalars(select(DeskMail).order_by(DeskMail.message_id)).all()
        assert [each.discreet for each in sent] == [True, False]
        assert "discreet subject: Your weekly note" in sent[0].source
    assert words(client.get(f"{LETTER}/try").text).count("waiting") == 2
    with service.write() as session:
        message = session.get_one(Message, sent[0].message_id)
        message.state, message.sent_at, message.settled_at = "sent", TUESDAY, TUESDAY
    assert "It left Tue 3 Mar 2026, 11:00 Europe/Berlin time" in words(client.get(f"{LETTER}/try").text)


def ask(client: FlaskClient) -> str:
    """A review link of the words that are saved; its path."""
    found = re.search(r"/review/[\w-]{43}", client.post(f"{LETTER}/reviews", data={"language": "en"}).text)
    assert found is not None
    return found[0]


def test_a_reviewer_reads_and_says_fine_which_stands_at_the_draft_and_the_version(
    app: Flask, client: FlaskClient, service: Service
) -> None:
    client.post(LETTER, data=WORDS)
    link, reviewer = ask(client), app.test_client()
    page = reviewer.get(link)
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "Your weekly note" in page.text
    assert "This is the opening." in page.text
    assert "admin" not in page.text
    assert reviewer.post(link, data={"name": "", "said": "fine"}).status_code == 422
    assert reviewer.post(link, data={"name": "Dr May", "said": "change", "remark": " "}).status_code == 422
    assert reviewer.post(link, data={"name": "Dr May", "said": "fine"}).status_code == 200
    assert (draft(service) or Draft(reviewed_by="")).reviewed_by == "Dr May"
    assert "Dr May: fine" in client.get(f"{LETTER}/reviews").text
    client.post("/admin/letters/publish", data={"letter": "1"})
    version, source = newest(service)
    assert version.reviewed_by == "Dr May"
    assert "reviewed by: Dr May" in source


def test_what_is_said_of_words_that_changed_does_not_stand_at_the_draft(client: FlaskClient, service: Service) -> None:
    client.post(LETTER, data=WORDS)
    link = ask(client)
    client.post(LETTER, data=WORDS | {"revision": str((draft(service) or Draft()).revision), "opening": "Changed since."})
    client.post(link, data={"name": "Dr May", "said": "fine"})
    assert (draft(service) or Draft(reviewed_by="x")).reviewed_by == ""
    assert "of words that have changed since" in words(client.get(f"{LETTER}/reviews").text)


def test_a_link_is_kept_as_a_hash_closes_and_takes_ten_answers(client: FlaskClient, service: Service) -> None:
    link = ask(client)
    with service.read() as session:
        assert link.rpartition("/")[2] not in {each.token_hash for each in session.scalars(select(ReviewLink))}
    codes = [client.post(link, data={"name": "Dr May", "said": "change", "remark": "Shorter."}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [422]
    client.post(f"{LETTER}/reviews/1/close")
    assert client.get(link).status_code == 404
    assert client.post(link, data={"name": "Dr May", "said": "fine"}).status_code == 404


def test_a_letter_of_a_batch_has_the_same_editor(client: FlaskClient, service: Service) -> None:

    with service.write() as session:
        batch_id = batches.create(session, "Winter", by="Ada", wall=service.wall())
        letter_id = session.scalars(select(Letter.id).where(Letter.sequence_id == batch_id)).one()
        assert session.get_one(Sequence, batch_id).kind == "batch"
    client.post(f"/admin/letters/{letter_id}", data=WORDS | {"revision": "0"})
    assert "this batch: goes to its readers" in words(client.get(f"/admin/letters/publish?letter={letter_id}").text)
    client.post("/admin/letters/publish", data={"letter": str(letter_id)})
    assert newest(service, letter_id)[0].number == 1
