"""The desk's pages of batches: made in parts, tried out, confirmed, moved, paused, resumed, cancelled; who may do what."""

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.actions import batches, enrolments, launches
from service.bootstrap import Service
from service.domain.batches import State
from service.domain.messages import State as MessageState
from service.domain.roles import Role
from service.domain.schedule import UNTIL_I_SAY
from service.store import audiences, audit, progress
from service.store.desk_tables import Batch
from service.store.tables import Enrolment, Letter, Message, Subscriber
from tests.parts.river import WISHES, confirmed, letter_source
from tests.web.admin.seats import StandInSeats

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Europe/London", "Asia/Kolkata", "UTC")


def readers(service: Service, number: int = 7) -> list[int]:
    return [
        confirmed(service, f"r{n}@example.net", now=service.now(), wishes=replace(WISHES, zone=ZONES[n % len(ZONES)]))
        for n in range(number)
    ]


def first_day(service: Service, days: int = 10) -> date:
    return service.now().date() + timedelta(days=days)


def said(text: str) -> str:
    """The words of a page as one reads them."""
    body = re.sub(r"<(head|nav)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#39;", "'").split())


def new_batch(client: FlaskClient) -> int:
    answer = client.post("/admin/batches", data={"name": "Four evenings"})
    return int(answer.location.split("/batches/")[1].split("/")[0])


def revision(client: FlaskClient, batch: int) -> str:
    text = client.get(f"/admin/batches/{batch}/when").text
    return text.split('name="revision" value="')[1].split('"')[0]


def letter_ids(service: Service, sequence_id: int) -> list[int]:
    with service.read() as session:
        return list(session.scalars(select(Letter.id).where(Letter.sequence_id == sequence_id).order_by(Letter.position)))


def filled(client: FlaskClient, service: Service, *, letters: int = 2, days: int = 10, **when: str) -> int:
    """A draft to which nothing is missing."""
    batch = new_batch(client)
    for letter in letter_ids(service, 1)[:letters]:
        assert client.post(f"/admin/batches/{batch}/letters/copy", data={"letter": letter}).status_code == 303
    day = {"first_date": first_day(service, days).isoformat(), "cadence": "2", "hour": "20", "spread": "0"} | when
    assert client.post(f"/admin/batches/{batch}/when", data=day | {"revision": revision(client, batch)}).status_code == 303
    return batch


def confirm(client: FlaskClient, batch: int) -> None:
    text = client.get(f"/admin/batches/{batch}/confirm").text
    sent = {"revision": text.split('name="revision" value="')[1].split('"')[0]}
    assert client.post(f"/admin/batches/{batch}/confirm", data=sent).status_code == 303


def begun(client: FlaskClient, service: Service) -> int:
    """A batch of two letters that runs, with seven readers."""
    readers(service, 7)
    batch = filled(client, service, days=1)
    confirm(client, batch)
    with service.write() as session:
        session.execute(
            update(Batch).values(confirmed_at=service.wall() - timedelta(hours=1), first_date=first_day(service, 0))
        )
    with service.write() as session:
        now = service.now()
        launches.launch(session, batch, now=now, wall=service.wall(), speed=1)
    return batch


def state(service: Service, batch: int) -> str:
    with service.read() as session:
        return session.get_one(Batch, batch).state


def lines(service: Service) -> list[tuple[str, str]]:
    with service.read() as session:
        return [(line.what, line.about) for line in reversed(audit.lines(session))]


# ---- The list, and who may


def test_an_empty_list_says_how_to_begin_and_a_name_is_needed(client: FlaskClient) -> None:
    assert "No batches yet. Write one note and choose a date; you can try it before anyone gets it." in said(
        client.get("/admin/batches").text
    )
    refused = client.post("/admin/batches", data={"name": "x" * 120})
    assert (refused.status_code, "Give the batch a name of up to 100 characters." in refused.text) == (422, True)
    assert "x" * 120 in refused.text


def test_the_list_shows_each_batch_where_it_stands(client: FlaskClient, service: Service) -> None:
    batch = filled(client, service, letters=2)
    text = said(client.get("/admin/batches").text)
    assert "Drafts" in text
    assert "Four evenings" in text
    assert "Instead of their usual note" in text
    assert client.get("/admin/batches").text.count('aria-current="page"') == 1
    assert f"/admin/batches/{batch}/letters" in client.get("/admin/batches").text


def test_support_looks_and_changes_nothing(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    batch = filled(client, service)
    seats.sit(Role.SUPPORT)
    assert client.get(f"/admin/batches/{batch}").status_code == 200
    assert "Confirm" not in said(client.get(f"/admin/batches/{batch}").text)
    assert "New batch" not in client.get("/admin/batches").text
    for page in ("confirm", "when", "audience", "people", "cancel"):
        assert client.get(f"/admin/batches/{batch}/{page}").status_code == 403
    for deed in ("confirm", "cancel", "duplicate", "letters/add", "name", "when"):
        assert client.post(f"/admin/batches/{batch}/{deed}", data={}).status_code == 403
    assert state(service, batch) == State.DRAFT


def test_what_is_not_there_is_no_page(client: FlaskClient, service: Service) -> None:
    for page in (
        "",
        "/letters",
        "/audience",
        "/when",
        "/manner",
        "/trial",
        "/confirm",
        "/cancel",
        "/move",
        "/progress",
        "/people",
    ):
        assert client.get(f"/admin/batches/99{page}").status_code == 404, page
    for deed in ("name", "audience", "when", "manner", "duplicate"):
        sent = {"name": "x", "first_date": "2030-01-01", "cadence": "7", "spread": "0", "manner": "extra"}
        assert client.post(f"/admin/batches/99/{deed}", data=sent).status_code == 404, deed
    for deed in ("confirm", "undo", "pause", "resume", "cancel", "letters/add"):
        assert client.post(f"/admin/batches/99/{deed}", data={"title": "A title"}).status_code == 404, deed


# ---- Its parts


def test_letters_are_added_copied_put_in_order_taken_out_and_put_back(client: FlaskClient, service: Service) -> None:
    batch = new_batch(client)
    here = f"/admin/batches/{batch}/letters"
    client.post(f"{here}/add", data={"title": "By the window"})
    for letter in letter_ids(service, 1)[:2]:
        client.post(f"{here}/copy", data={"letter": letter})
    first, second, third = letter_ids(service, batch)
    client.post(f"{here}/move", data={"item": first, "to": 3})
    assert letter_ids(service, batch) == [second, third, first]
    client.post(f"{here}/out", data={"item": third})
    page = client.get(here).text
    assert "Letters that were taken out" in page
    assert said(page).count("Letter after-leaving-2") == 2  # among those taken out, twice: its button names it
    client.post(f"{here}/back", data={"item": third})
    assert "Letters that were taken out" not in client.get(here).text
    for nothing in ("", "-1", "9" * 30):
        assert client.post(f"{here}/copy", data={"letter": nothing}).status_code == 422
    assert client.post(f"{here}/add", data={"title": ""}).status_code == 422
    with service.read() as session:
        assert session.get_one(Letter, second).state == "live"
        assert session.get_one(Letter, first).state == "draft"


def test_files_become_letters_and_are_published_together(client: FlaskClient, service: Service) -> None:
    batch = new_batch(client)
    here = f"/admin/batches/{batch}/letters"
    good = letter_source("evening").encode()
    refused = client.post(
        f"{here}/files", data={"files": [(io.BytesIO(good), "one.md"), (io.BytesIO(b"# <script>"), "notes/two.md")]}
    )
    assert refused.status_code == 422
    assert "notes/two.md" in refused.text
    assert "line 1" in said(refused.text)
    assert letter_ids(service, batch) == []
    assert client.post(f"{here}/files", data={}).status_code == 422
    client.post(f"{here}/files", data={"files": [(io.BytesIO(good), "b/one.md"), (io.BytesIO(good), "b/two.md")]})
    assert "Two letters wait to be published" in said(client.get(here).text)
    client.post(f"{here}/publish")
    with service.read() as session:
        assert set(session.scalars(select(Letter.state).where(Letter.sequence_id == batch))) == {"live"}
    assert client.post(f"{here}/publish").status_code == 422


AUDIENCE = {"place": "after-leaving/first", "weeks_min": "0", "languages": ["en"], "countries": "Ireland, gb", "taken": "once"}


def test_an_audience_is_said_in_a_sentence_and_counted_but_few_are_not(client: FlaskClient, service: Service) -> None:
    readers(service, 7)
    batch = new_batch(client)
    here = f"/admin/batches/{batch}/audience"
    assert "7 people would get it" in said(client.get(here).text)
    with service.write() as session:
        session.execute(update(Subscriber).where(Subscriber.address == "r0@example.net").values(country="IE"))
    counted = client.get(f"{here}/count", query_string=AUDIENCE)
    sentence = "Readers who are in “it feels unreal” of After leaving, read in English and live in United Kingdom or Ireland."
    assert said(counted.text).startswith(sentence)
    assert "Fewer than 5 people would get it" in counted.text
    assert "<html" not in counted.text
    answer = client.post(here, data=AUDIENCE | {"revision": revision(client, batch)})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert sentence in said(page)
    assert 'value="Ireland, United Kingdom"' in page
    assert "Nobody fits this now" in client.get(f"{here}/count", query_string={"countries": "Spain"}).text


def test_a_wrong_audience_gets_a_sentence_beside_its_field_and_loses_nothing(client: FlaskClient) -> None:
    batch = new_batch(client)
    sent = AUDIENCE | {"countries": "Irland", "weeks_min": "9", "weeks_max": "3", "revision": revision(client, batch)}
    answer = client.post(f"/admin/batches/{batch}/audience", data=sent)
    assert answer.status_code == 422
    assert "“Irland” is not a country we know" in answer.text
    assert 'value="Irland"' in answer.text
    assert "The most weeks are fewer than the least." in answer.text
    counted = f"/admin/batches/{batch}/audience/count"
    assert client.get(counted, query_string=sent).status_code == 200
    for day in ("9999-12-31", "0001-01-01", "soon"):
        for field in ("signed_up_until", "signed_up_from", "rolling_until"):
            told = client.get(counted, query_string={field: day, "taken": "rolling"})
            assert "Please give a day such as 2026-12-05." in told.text


def test_rolling_is_kept_with_its_last_day(client: FlaskClient, service: Service) -> None:
    batch = filled(client, service)
    sent = {"taken": "rolling", "rolling_until": first_day(service, 20).isoformat(), "revision": revision(client, batch)}
    client.post(f"/admin/batches/{batch}/audience", data=sent)
    assert "Rolling until" in said(client.get(f"/admin/batches/{batch}").text)
    early = sent | {"rolling_until": first_day(service, 2).isoformat(), "revision": revision(client, batch)}
    refused = client.post(f"/admin/batches/{batch}/audience", data=early)
    assert (refused.status_code, "until the first day or later" in refused.text) == (422, True)


def test_when_it_comes_is_said_with_the_zone_of_whoever_sits_there(client: FlaskClient) -> None:
    batch = new_batch(client)
    sent = {"first_date": "2026-12-05", "cadence": "7", "hour": "20", "spread": "0"}
    text = said(client.get(f"/admin/batches/{batch}/when/words", query_string=sent).text)
    assert "From Sat 5 Dec 2026, every week, at 20:00 on each reader’s own clock." in text
    assert "The first can leave Sat 5 Dec 2026, 07:00 Europe/Berlin time" in text
    assert "The last zone begins Sun 6 Dec 2026, 09:00 Europe/Berlin time." in text
    wrong = client.post(f"/admin/batches/{batch}/when", data=sent | {"first_date": "5 Dec", "hour": "24", "revision": "1"})
    assert wrong.status_code == 422
    assert 'id="first_date-error"' in wrong.text
    assert 'id="hour-error"' in wrong.text
    assert 'value="5 Dec"' in wrong.text


def test_the_second_of_two_who_change_a_batch_is_told_and_loses_nothing(client: FlaskClient, service: Service) -> None:
    batch = filled(client, service)
    old = revision(client, batch)
    client.post(f"/admin/batches/{batch}/manner", data={"manner": "extra", "revision": old})
    sent = {"first_date": "2031-01-01", "cadence": "3", "hour": "7", "spread": "2", "revision": old}
    told = client.post(f"/admin/batches/{batch}/when", data=sent)
    assert told.status_code == 422
    assert "Somebody else has changed this batch" in told.text
    assert 'value="2031-01-01"' in told.text
    with service.read() as session:
        assert session.get_one(Batch, batch).cadence_days == 2
    again = told.text.split('name="revision" value="')[1].split('"')[0]
    assert client.post(f"/admin/batches/{batch}/when", data=sent | {"revision": again}).status_code == 303


# ---- Trying it out, and confirming


def test_a_dry_run_says_who_gets_what_when_and_changes_nothing(client: FlaskClient, service: Service) -> None:
    readers(service, 12)
    with service.write() as session:
        session.execute(update(Subscriber).where(Subscriber.address == "r3@example.net").values(language="es"))
        session.execute(update(Subscriber).where(Subscriber.address == "r4@example.net").values(paused_until=UNTIL_I_SAY))
    batch = filled(client, service)
    page = client.get(f"/admin/batches/{batch}/trial").text
    text = said(page)
    assert "11 people would get two letters." in text
    assert "Letter 1 by hour, Europe/Berlin time" in text
    assert "Fewer than 5 people: they pause beyond their first letter." in text
    assert "read in Spanish" in text
    assert page.count("•••@") == 10
    assert "r0@example.net" not in page
    assert "/admin/machine/letters/" in page
    assert not re.search(r"\b[1-4] letters\b", text)


def test_a_dry_run_for_few_tells_nothing_by_which_one_is_known(client: FlaskClient, service: Service) -> None:
    readers(service, 3)
    text = client.get(f"/admin/batches/{filled(client, service)}/trial").text
    assert "Fewer than 5 people would get" in said(text)
    assert "•••@" not in text
    assert '<svg class="picture"' not in text


def test_what_is_missing_is_said_where_it_belongs_and_nothing_can_be_confirmed(client: FlaskClient, service: Service) -> None:
    batch = new_batch(client)
    page = said(client.get(f"/admin/batches/{batch}").text)
    assert "Choose the first day." in page
    assert "Write one letter at least, and publish it." in page
    assert "cannot be confirmed yet" in client.get(f"/admin/batches/{batch}/confirm").text
    assert client.post(f"/admin/batches/{batch}/confirm", data={"revision": "1"}).status_code == 422
    assert state(service, batch) == State.DRAFT
    assert "A dry run wants a first day and a letter." in client.get(f"/admin/batches/{batch}/trial").text


def test_confirming_says_all_and_wants_a_fresh_seat_and_can_be_undone(
    client: FlaskClient, service: Service, seats: StandInSeats
) -> None:
    readers(service, 7)
    batch = filled(client, service)
    page = said(client.get(f"/admin/batches/{batch}/confirm").text)
    assert "7 people get two letters , 14 in all" in page
    assert "Europe/Berlin time" in page
    assert "Their series waits while the batch comes" in page
    seats.fresh = False
    assert client.post(f"/admin/batches/{batch}/confirm", data={"revision": "4"}).location.startswith("/admin/verify")
    assert state(service, batch) == State.DRAFT
    seats.fresh = True
    confirm(client, batch)
    page = said(client.get(f"/admin/batches/{batch}").text)
    assert "that is ten minutes from now" in page
    client.post(f"/admin/batches/{batch}/undo")
    assert state(service, batch) == State.DRAFT
    confirm(client, batch)
    with service.write() as session:
        session.execute(update(Batch).values(confirmed_at=service.wall() - timedelta(minutes=11)))
    assert "You can take it back" not in client.get(f"/admin/batches/{batch}").text
    late = client.post(f"/admin/batches/{batch}/undo")
    assert (late.status_code, "The ten minutes are over" in late.text) == (422, True)
    assert [what for what, about in lines(service) if about == f"batch:{batch}"][-3:] == [
        "batch confirmed",
        "confirmation taken back",
        "batch confirmed",
    ]


def test_a_confirmed_batch_is_moved_and_its_forms_are_closed(client: FlaskClient, service: Service) -> None:
    readers(service, 7)
    batch = filled(client, service)
    confirm(client, batch)
    assert client.get(f"/admin/batches/{batch}/when").status_code == 303
    letters = said(client.get(f"/admin/batches/{batch}/letters").text)
    assert "can change until its first zone is reached" in letters
    assert "7 people are in its audience now" in said(client.get(f"/admin/batches/{batch}/move").text)
    assert client.post(f"/admin/batches/{batch}/move", data={"first_date": "9999-12-31"}).status_code == 422
    over = client.post(f"/admin/batches/{batch}/move", data={"first_date": "2020-01-01"})
    assert (over.status_code, "This day is over. Choose a later one." in over.text) == (422, True)
    there = first_day(service, 30)
    client.post(f"/admin/batches/{batch}/move", data={"first_date": there.isoformat()})
    with service.read() as session:
        assert session.get_one(Batch, batch).first_date == there
    assert client.post(f"/admin/batches/{batch}/letters/add", data={"title": "Late"}).status_code == 422


def test_of_many_readers_the_figures_come_after_the_page_and_nobody_confirms_before_them(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, draft = begun(client, service), filled(client, service)
    monkeypatch.setattr(audiences, "MANY", 6)
    confirming = client.get(f"/admin/batches/{draft}/confirm").text
    assert f'hx-get="/admin/batches/{draft}/confirm?count=yes" hx-trigger="load" hx-select="#all-of-it"' in confirming
    assert "<form" not in confirming.split("<h1>")[1]
    counted = client.get(f"/admin/batches/{draft}/confirm?count=yes").text.split('<div id="all-of-it">')[1]
    assert "7 people get two letters" in said(counted)
    assert f'action="/admin/batches/{draft}/confirm"' in counted
    assert "would get" not in said(client.get(f"/admin/batches/{draft}/trial").text)
    assert "7 people would get two letters" in said(client.get(f"/admin/batches/{draft}/trial?count=yes").text)
    looking = f'id="near" role="status" hx-get="/admin/batches/{draft}/trial?count=near" hx-trigger="load" hx-select="#near"'
    assert looking in counted
    assert looking in client.get(f"/admin/batches/{draft}/trial?count=yes").text
    assert 'id="near">Nobody would get two letters' in client.get(f"/admin/batches/{draft}/trial?count=near").text
    assert "It adds up" not in said(client.get(f"/admin/batches/{batch}").text)
    assert "It adds up: 14 expected" in said(client.get(f"/admin/batches/{batch}?count=yes").text)
    assert "7 people get no more of it" in said(client.get(f"/admin/batches/{batch}/cancel").text)
    assert f'hx-get="/admin/batches/{batch}/progress?part=gone"' in client.get("/admin/batches").text
    assert client.get(f"/admin/batches/{batch}/progress?part=gone").text == "0 of 14 sent"


# ---- In mid-run


def test_pause_resume_and_cancel_say_whom_they_touch(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    batch = begun(client, service)
    page = said(client.get(f"/admin/batches/{batch}").text)
    assert "7 people wait until you resume it" in page
    assert "It adds up: 14 expected = 14 to come + 0 waiting" in page
    client.post(f"/admin/batches/{batch}/pause")
    page = said(client.get(f"/admin/batches/{batch}").text)
    assert "Paused: Ada paused it." in page
    assert client.post(f"/admin/batches/{batch}/pause").status_code == 422
    client.post(f"/admin/batches/{batch}/resume")
    assert state(service, batch) == State.RUNNING
    assert "14 of 14 letters will not come" in said(client.get(f"/admin/batches/{batch}/cancel").text)
    seats.fresh = False
    assert client.post(f"/admin/batches/{batch}/cancel").location.startswith("/admin/verify")
    seats.fresh = True
    client.post(f"/admin/batches/{batch}/cancel")
    assert state(service, batch) == State.CANCELLED
    page = said(client.get(f"/admin/batches/{batch}").text)
    assert "14 skipped: the batch was cancelled." in page
    assert "Pause" not in page
    assert client.get(f"/admin/batches/{batch}/cancel").status_code == 303
    copy = client.post(f"/admin/batches/{batch}/duplicate").location.split("/batches/")[1].split("?")[0]
    assert "Four evenings (copy)" in client.get(f"/admin/batches/{copy}").text


def test_the_account_is_looked_at_again_while_it_runs_and_the_page_anew_when_its_state_changes(
    client: FlaskClient, service: Service
) -> None:
    batch = begun(client, service)
    page = client.get(f"/admin/batches/{batch}").text
    assert 'hx-trigger="every 5s"' in page
    part = client.get(f"/admin/batches/{batch}/progress?state=running")
    assert part.text.strip().startswith('<section id="account"')
    client.post(f"/admin/batches/{batch}/cancel")
    changed = client.get(f"/admin/batches/{batch}/progress?state=running")
    assert (changed.headers["HX-Refresh"], changed.text) == ("true", "")
    assert "hx-trigger" not in client.get(f"/admin/batches/{batch}").text


def test_a_batch_that_paused_itself_says_why(client: FlaskClient, service: Service) -> None:
    batch = begun(client, service)
    with service.write() as session:
        batches.pause(session, batch, wall=service.wall(), why="6 of the last 100 letters were refused, or came back for good.")
    for page in (f"/admin/batches/{batch}", "/admin/batches"):
        assert "6 of the last 100 letters were refused" in client.get(page).text


def test_every_count_opens_the_list_that_it_counts_and_only_owners_see_people(
    client: FlaskClient, service: Service, seats: StandInSeats
) -> None:
    batch = begun(client, service)
    with service.write() as session:
        now = service.now()
        session.execute(update(Enrolment).where(Enrolment.sequence_id == batch).values(next_due_at=now))
        enrolments.plan(session, now=now, wall=service.wall(), speed=1)
        rows = session.scalars(select(Message).where(Message.letter_id == letter_ids(service, batch)[0])).all()
        assert len(rows) >= 6
        for row, ending in zip(rows, (*[MessageState.SENT] * 3, MessageState.REFUSED, MessageState.UNKNOWN), strict=False):
            row.state, row.settled_at, row.reason = ending, service.wall(), "550" if ending == "refused" else None
        rows[5].state, rows[5].reason = MessageState.SKIPPED, "late"
    first = letter_ids(service, batch)[0]
    with service.read() as session:
        account = progress.account(session, batch).letters[first]
    counts = {
        "expected": account.expected,
        "to-come": account.to_come,
        "waiting": account.waiting,
        "sent": account.sent,
        "skipped": sum(account.skipped.values()),
        "refused": sum(account.refused.values()),
        "unknown": account.unknown,
    }
    assert (counts["sent"], counts["refused"], counts["unknown"]) == (3, 1, 1)
    for name, number in counts.items():
        page = client.get(f"/admin/batches/{batch}/people?state={name}&letter={first}").text
        assert page.count("@example.net") == number, name
    assert ("people of a batch looked at", f"batch:{batch}") in lines(service)
    assert f"/admin/batches/{batch}/people?state=sent&amp;letter={first}" in client.get(f"/admin/batches/{batch}").text
    seats.sit(Role.EDITOR)
    assert "/people?" not in client.get(f"/admin/batches/{batch}").text
    assert client.get(f"/admin/batches/{batch}/people").status_code == 403
