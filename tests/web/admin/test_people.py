"""The desk's pages about people: who may find whom, what is shown and what never is, and that every look leaves a line."""

import io
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.bootstrap import Service
from service.domain.messages import Kind, Reason, State
from service.domain.roles import Role
from service.domain.schedule import UNTIL_I_SAY
from service.domain.subscribers import State as Standing
from service.domain.subscribers import Wishes
from service.store import audit, suppressions
from service.store.tables import Attempt, Enrolment, Message, Sequence, Subscriber
from tests.parts.quiet_weeks import reader_of
from tests.parts.river import ask, confirmed, intake, stop_token
from tests.web.admin.seats import StandInSeats

READER, MASKED = "reader@example.net", "r•••@e•••.net"
HIDDEN = Wishes(weekday=1, hour=10, zone="Pacific/Chatham", discreet=True)


def ref_of(service: Service, address: str = READER) -> str:
    with service.read() as session:
        return session.scalars(select(Subscriber.ref).where(Subscriber.address == address)).one()


def lines(service: Service) -> list[tuple[str, str]]:
    with service.read() as session:
        return [(line.what, line.about) for line in reversed(audit.lines(session))]


def state_of(service: Service, address: str = READER) -> str:
    with service.read() as session:
        return session.scalars(select(Subscriber.state).where(Subscriber.address == address)).one()


def change(service: Service, **values: object) -> None:
    with service.write() as session:
        session.execute(update(Subscriber).where(Subscriber.address == READER).values(**values))


def why(client: FlaskClient, service: Service) -> str:
    text = client.get(f"/admin/people/{ref_of(service)}").text
    panel = text.split('aria-labelledby="why"')[1].split("</section>")[0]
    return " ".join(" ".join(piece.rpartition(">")[2] for piece in panel.split("<")).split())


# ---- Finding ----


def test_support_finds_one_person_by_the_whole_address(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    seats.sit(Role.SUPPORT)
    found = client.post("/admin/people", data={"q": " Reader@Example.NET "}, follow_redirects=True)
    assert MASKED in found.text
    assert READER not in found.text
    ref = ref_of(service)
    assert lines(service) == [("person searched for", ""), ("person looked at", f"person:{ref}")]


@pytest.mark.parametrize("asked", ["reader", "@example.net", "read", ""])
def test_support_finds_nobody_by_a_part(client: FlaskClient, service: Service, seats: StandInSeats, asked: str) -> None:
    confirmed(service, READER, now=service.now())
    seats.sit(Role.SUPPORT)
    answer = client.post("/admin/people", data={"q": asked})
    assert ref_of(service) not in answer.text
    assert MASKED not in answer.text


def test_support_sees_no_list(client: FlaskClient, seats: StandInSeats) -> None:
    seats.sit(Role.SUPPORT)
    assert client.get("/admin/people?state=active").status_code == 403
    assert "Lists" not in client.get("/admin/people").text


def test_an_editor_sees_no_people(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    seats.sit(Role.EDITOR)
    for address in ("/admin/people", f"/admin/people/{ref_of(service)}", f"/admin/machine/reader/{ref_of(service)}"):
        assert client.get(address).status_code == 403


def test_an_owner_finds_people_by_a_part_and_no_sign_has_a_meaning_of_its_own(client: FlaskClient, service: Service) -> None:
    for name in ("anna_b", "annaxb", "bert"):
        confirmed(service, f"{name}@example.net", now=service.now())
    found = client.post("/admin/people", data={"q": "ANNA_"}).text
    assert "anna_b@example.net" in found
    assert "annaxb@example.net" not in found
    assert client.post("/admin/people", data={"q": "an"}).status_code == 422
    assert "Nobody here has an address" in client.post("/admin/people", data={"q": "%%%"}).text


def test_what_is_searched_for_is_not_on_the_trail(client: FlaskClient, service: Service) -> None:
    client.post("/admin/people", data={"q": "somebody@example.net"})
    client.post("/admin/people", data={"q": "somebody"})
    with service.read() as session:
        kept = [(line.what, line.about, json.dumps(line.facts)) for line in audit.lines(session)]
    assert len(kept) == 2
    assert "somebody" not in str(kept)


def test_lists_by_state_programme_and_language_in_pages(client: FlaskClient, service: Service) -> None:
    for number in range(53):
        confirmed(service, f"r{number}@example.net", now=service.now())
    confirmed(service, READER, now=service.now())
    change(service, paused_until=UNTIL_I_SAY)
    first = client.get("/admin/people?state=active&programme=after-leaving").text
    assert "1 to 50 of 54, the newest first" in first
    assert "r3@example.net" not in first
    address = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    second = client.get(address).text
    assert "51 to 54 of 54" in second
    assert "r3@example.net" in second
    back = second.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert client.get(back).text.split("<tbody>")[1] == first.split("<tbody>")[1]
    paused = client.get("/admin/people?state=paused&language=en").text
    assert "1 to 1 of 1" in paused
    assert READER in paused
    assert "Nobody fits this yet" in client.get("/admin/people?state=left").text


# ---- One person ----


def test_the_page_of_a_person_never_tells_where_they_live_or_when_mail_must_not_come(
    client: FlaskClient, service: Service, seats: StandInSeats
) -> None:
    confirmed(service, READER, now=service.now(), wishes=HIDDEN)
    change(service, country="NZ", never_hours=0b111, quiet_days=["12-24"])
    for role in (Role.OWNER, Role.SUPPORT):
        seats.sit(role)
        for page in (f"/admin/people/{ref_of(service)}", f"/admin/machine/reader/{ref_of(service)}"):
            text = client.get(page).text
            for told in ("Chatham", "Pacific", "NZ", "New Zealand", "24 Dec", "12-24", "Tuesday at", "must not come"):
                assert told not in text, (page, told)


def test_mail_shows_what_the_other_side_said_without_addresses(client: FlaskClient, service: Service) -> None:
    reader_of(service, READER, letters=1)
    with service.write() as session:
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
        letter.state, letter.reply_code, letter.reply_text = State.REFUSED, 550, "5.1.1 <other@example.org> unknown"
        letter.settled_at = service.wall()
        session.add(
            Attempt(message_id=letter.id, at=service.wall(), outcome="deferred", phase="rcpt", code=451, text="later, please")
        )
    text = client.get(f"/admin/people/{ref_of(service)}").text
    assert "550 5.1.1 &lt;o•••@e•••.org&gt; unknown" in text
    assert "other@example.org" not in text
    assert "put off by the other side, 451 later, please" in " ".join(text.split())


def test_consent_is_shown_as_it_was_asked_for(client: FlaskClient, service: Service) -> None:
    confirmed(service, READER, now=service.now())
    text = client.get(f"/admin/people/{ref_of(service)}").text
    assert "I would like one note a week by email." in text
    assert "192.0.2.0/24" in text
    assert "Europe/Berlin time" in text


def test_who_is_not_there_is_no_page_and_leaves_no_line(client: FlaskClient, service: Service) -> None:
    assert client.get("/admin/people/0123456789abcdef").status_code == 404
    for deed in ("pause", "resume", "stop", "offer", "suppress", "erase"):
        assert client.post(f"/admin/people/0123456789abcdef/{deed}", data={"weeks": "1"}).status_code == 404
    assert lines(service) == []


def test_why_nothing_comes_is_found_from_facts(client: FlaskClient, service: Service) -> None:
    ask(service, READER)
    intake(service)
    assert "have not confirmed" in why(client, service)
    with service.write() as session:
        consent_day = service.wall() - timedelta(days=2)
        session.execute(update(Message).values(planned_at=consent_day))
    reader = confirmed(service, READER, now=service.now())
    assert "Nothing is stopped. The next letter comes on" in why(client, service)
    with service.write() as session:
        session.execute(update(Sequence).values(held=True))
    assert "“After leaving” is held at the desk" in why(client, service)
    with service.write() as session:
        session.execute(update(Sequence).values(held=False))
    change(service, paused_until=UNTIL_I_SAY)
    assert "A pause holds until they end it." in why(client, service)
    change(service, paused_until=None)
    with service.read() as session:
        token = stop_token(service, session, reader)
    client.post(f"/u/{token}")
    assert "by a link of their own" in why(client, service)
    change(service, state=Standing.BOUNCED)
    assert "came back for good" in why(client, service)
    change(service, state=Standing.COMPLAINED)
    assert "unwanted" in why(client, service)


def test_somebody_whose_last_notes_ended_is_told_apart(client: FlaskClient, service: Service) -> None:
    confirmed(service, READER, now=service.now())
    with service.write() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        enrolment.state, enrolment.next_due_at = "finished", None
    assert "had every letter of “After leaving”" in why(client, service)
    with service.write() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        enrolment.state, enrolment.why, enrolment.stopped_at = "stopped", "cancelled", service.wall()
    assert "was cancelled" in why(client, service)


# ---- Deeds ----


def test_a_pause_begins_and_ends_at_the_desk(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    seats.sit(Role.SUPPORT)
    here = f"/admin/people/{ref_of(service)}"
    assert client.post(f"{here}/pause", data={"weeks": "3"}).status_code == 422
    assert "A pause holds until" in client.post(f"{here}/pause", data={"weeks": "2"}, follow_redirects=True).text
    assert "Nothing is stopped" in client.post(f"{here}/resume", follow_redirects=True).text
    refused = client.post(f"{here}/resume")
    assert (refused.status_code, "no pause that could end" in refused.text) == (422, True)
    assert [what for what, _ in lines(service) if what != "person looked at"] == ["person paused", "pause ended"]


def test_stopping_at_the_desk_is_told_from_leaving(client: FlaskClient, service: Service) -> None:
    confirmed(service, READER, now=service.now())
    client.post(f"/admin/people/{ref_of(service)}/stop")
    assert state_of(service) == Standing.LEFT
    assert "Somebody at the desk stopped everything" in why(client, service)


def test_an_offer_is_a_letter_and_starts_nothing(client: FlaskClient, service: Service) -> None:
    reader_of(service, READER, letters=1)
    offer = f"/admin/people/{ref_of(service)}/offer"
    assert client.post(offer).status_code == 303
    assert client.post(offer).status_code == 422
    with service.read() as session:
        assert [row.kind for row in session.scalars(select(Message).where(Message.kind == Kind.OFFER))] == [Kind.OFFER]
        assert len(session.scalars(select(Enrolment)).all()) == 1


def test_support_erases_nobody_and_gives_nothing_out(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    here = f"/admin/people/{ref_of(service)}"
    seats.sit(Role.SUPPORT)
    for deed in ("erase", "everything"):
        assert client.get(f"{here}/{deed}").status_code == 403
        assert client.post(f"{here}/{deed}", data={"why": "they asked"}).status_code == 403
    assert state_of(service) == Standing.ACTIVE


def test_erasing_takes_two_steps_and_a_fresh_seat(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    here = f"/admin/people/{ref_of(service)}"
    assert "One person is erased" in client.get(f"{here}/erase").text
    seats.fresh = False
    assert client.post(f"{here}/erase").location.startswith("/admin/verify")
    assert state_of(service) == Standing.ACTIVE
    seats.fresh = True
    assert "Deleted." in client.post(f"{here}/erase", follow_redirects=True).text
    with service.read() as session:
        assert session.scalars(select(Subscriber)).all() == []
    assert client.get(here).status_code == 404


def test_everything_is_given_out_for_a_reason_and_without_what_only_the_reader_knows(
    client: FlaskClient, service: Service
) -> None:
    confirmed(service, READER, now=service.now(), wishes=HIDDEN)
    here = f"/admin/people/{ref_of(service)}/everything"
    assert client.post(here, data={"why": ""}).status_code == 422
    assert client.post(here, data={"why": f"for {READER}"}).status_code == 422
    given = client.post(here, data={"why": "they asked by telephone"})
    assert given.json is not None
    assert given.json["you"]["address"] == READER
    assert given.json["you"]["zone"] == "set"
    assert "Chatham" not in given.text
    with service.read() as session:
        line = audit.lines(session)[0]
        assert (line.what, line.facts) == ("all about a person given out", {"why": "they asked by telephone"})


def test_a_file_of_all_readers_wants_a_reason_and_leaves_a_line(client: FlaskClient, service: Service) -> None:
    confirmed(service, READER, now=service.now())
    assert client.post("/admin/people/export", data={"why": "x"}).status_code == 422
    assert lines(service) == []
    given = client.post("/admin/people/export", data={"why": "a move to another house"})
    assert given.mimetype == "text/csv"
    assert READER in given.text
    assert "Berlin" not in given.text
    assert lines(service) == [("all readers exported", "")]


# ---- Suppressions ----


def test_an_address_is_added_looked_up_and_lifted(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    seats.sit(Role.SUPPORT)
    assert client.post("/admin/suppressions/add", data={"new": "nothing"}).status_code == 422
    client.post("/admin/suppressions/add", data={"new": "Reader@example.net"})
    assert state_of(service) == Standing.LEFT
    looked = client.post("/admin/suppressions/check", data={"address": READER}).text
    assert "Yes: it is not written to" in looked
    assert "Lift this entry" in looked
    client.post("/admin/suppressions/lift", data={"address": READER})
    assert "No: this address may be written to" in client.post("/admin/suppressions/check", data={"address": READER}).text
    assert state_of(service) == Standing.LEFT
    assert READER not in str(lines(service))


def test_only_an_owner_goes_against_a_persons_own_word(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    confirmed(service, READER, now=service.now())
    change(service, state=Standing.COMPLAINED)
    seats.sit(Role.SUPPORT)
    assert "Only an owner can lift" in client.post("/admin/suppressions/lift", data={"address": READER}).text
    anyway = {"address": READER, "why": "she rang us herself"}
    assert client.post("/admin/suppressions/lift-anyway", data=anyway).status_code == 403
    seats.sit(Role.OWNER)
    assert client.post("/admin/suppressions/lift-anyway", data=anyway | {"why": ""}).status_code == 422
    assert state_of(service) == Standing.COMPLAINED
    assert client.post("/admin/suppressions/lift-anyway", data=anyway).status_code == 303
    assert state_of(service) == Standing.LEFT


def test_what_waits_for_a_suppressed_address_is_skipped(client: FlaskClient, service: Service) -> None:
    reader = confirmed(service, READER, now=service.now())
    client.post(f"/admin/people/{ref_of(service)}/suppress")
    with service.read() as session:
        assert set(session.scalars(select(Message.reason).where(Message.subscriber_id == reader))) == {Reason.LEFT}
    assert "Somebody at the desk stopped everything" in why(client, service)


def test_a_list_of_suppressions_stops_readers_and_their_pages_say_so(client: FlaskClient, service: Service) -> None:
    confirmed(service, READER, now=service.now())
    given = {"list": (io.BytesIO(b"reader@example.net\nother@example.net\nnothing\n"), "never.csv")}
    answer = client.post("/admin/suppressions/upload", data=given, content_type="multipart/form-data").text
    assert "2 added. 0 were there already. 1 of them were readers, and were stopped." in answer
    assert "1 row was left out" in answer
    assert "Somebody at the desk stopped everything" in why(client, service)
    assert "Please choose a file first." in client.post("/admin/suppressions/upload", data={}).text
    given_out = client.post("/admin/suppressions/file", data={"why": "moving house"})
    assert given_out.text.count("desk:1") == 2
    assert "example.net" not in given_out.text


def test_whoever_left_another_list_may_be_written_to_once_they_come_themselves(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        hashes = service.keys.address_hashes(READER)
        suppressions.add(session, hashes, reason=suppressions.LEFT, source="import:1", wall=service.wall())
    looked = client.post("/admin/suppressions/check", data={"address": READER}).text
    assert "Only by lists" in looked
    assert "Lift" not in looked
    confirmed(service, READER, now=service.now())
    assert "Nothing is stopped" in why(client, service)
