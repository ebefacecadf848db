"""Everything we keep, on both databases: whole, once, and without what could put somebody in danger (L-4, S-8)."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.actions import addresses, enrolments, erasure, exports, messages, moves, preferences
from service.actions.preferences import Changes
from service.bootstrap import Service
from service.domain.messages import Accepted, Deferred, Kind
from service.domain.moves import Move, What
from service.domain.subscribers import GraveAct, Support
from service.mail.tokens import Purpose
from service.store import suppressions
from service.store.columns import Table
from service.store.tables import Consent, Knock, Message, Subscriber
from tests.parts.grave import NEW, ask_address, ask_export, fresh, link
from tests.parts.river import TUESDAY, confirmed

READER = "reader@example.net"
FIRST = TUESDAY + timedelta(days=7, hours=-1)
ELSEWHERE = Changes(
    zone="Pacific/Auckland",
    country="NZ",
    support=Support.ONE,
    never_hours=frozenset({3, 4}),
    quiet_days=frozenset({(12, 24)}),
    tell_me=True,
)

OF_US = {
    *("consent_texts", "sequences", "phases", "letters", "versions", "version_texts", "beats"),
    *("batches", "drafts", "choices", "holds", "line_checks", "openings", "own_pages"),
}
"""Tables that hold nothing about a reader: what is offered, what was shown to all, what is set, and when processes worked."""

OF_THE_DESK = {"admins", "admin_links", "admin_sessions", "passkeys", "review_links", "desk_mail"}
"""About those who work at the desk, and those whom they ask to look at a letter. No row of them points at a reader."""

TRAIL = {"audit"}
"""What was done at the desk. It names a reader by the random public id alone, and is never shown outside."""

LISTS_BROUGHT = {"imports", "import_rows"}
"""An address stands there until its row's turn comes, and erasing takes it out (test_imports). Of a reader there is none."""

SUMS = {"care_sums", "tallies"}
"""Tables of sums, which do not say about whom."""

TRACES = {"erasures"}
"""Of people who are not here any more: there is nobody to show them to."""

PLACES = {
    "subscribers": ("you",),
    "consents": ("consents",),
    "enrolments": ("programmes",),
    "enrolment_history": ("programmes", "history"),
    "messages": ("messages",),
    "attempts": ("messages", "tries"),
    "fresh_links": ("links_asked_for",),
    "suppressions": ("never_written_to",),
    "knocks": ("asked_before",),
}
"""Where the rows of a table stand in an export."""

LEFT_OUT = {
    "numbers that hold rows together": {
        *("id", "subscriber_id", "sequence_id", "consent_id", "enrolment_id", "message_id", "fresh_link_id", "version_id"),
        *("once", "letter_before_id", "wish_phase_before_id"),
    },
    "said in words instead": {"text_id", "letter_id", "last_letter_id", "wish_phase_id"},
    "what links and leases are made of": {
        *("ref", "token", "token_hash", "link_epoch", "address_epoch", "lease_until"),
    },
    "another form of the address": {"address_key", "address_hash", "hash", "key_id"},
}
"""Columns that no export shows, by why not."""

INSTEAD = {"consents": {"text"}, "enrolments": {"programme", "last_letter", "wished_part"}, "messages": {"seen_to_at"}}

CALLED_OTHERWISE = {"messages": {"left_at"}}
"""Columns whose name means something else in another table."""


@pytest.fixture
def reader(service: Service) -> int:
    return confirmed(service, READER, now=TUESDAY, wall=TUESDAY)


def _take(service: Service, token: str, wall: datetime = TUESDAY) -> dict[str, Any] | None:
    with service.write() as session:
        return exports.take(session, token, keys=service.keys, wall=wall)


def _export(service: Service, reader: int) -> dict[str, Any]:
    with service.read() as session:
        return exports.everything(session, session.get_one(Subscriber, reader), keys=service.keys)


def _send_one(service: Service, wall: datetime) -> None:
    """Send what is next. A letter to a new address is put off the first time; servers name the address in what they say."""
    with service.write() as session:
        taken = messages.take(session, token=f"{wall:%d%H}", lease=timedelta(minutes=15), now=wall, wall=wall, speed=1)
        if taken is None:
            return
        said = f"to <{taken.posting.address}>"
        again = taken.posting.kind is Kind.ADDRESS and session.get_one(Message, taken.message_id).attempts == 1
        outcome = Deferred("rcpt", 450, said, relay=False) if again else Accepted(250, said)
        assert messages.settle(session, taken, outcome, retry=messages.Retry(timedelta(minutes=30), 0.0), wall=wall)


def _live_a_little(service: Service, reader: int) -> None:
    """One row in every table that can hold something about a reader."""
    token = link(service, reader, Purpose.PREFERENCES)
    with service.write() as session:
        enrolments.plan(session, now=FIRST, wall=FIRST, speed=1)
    with service.write() as session:
        preferences.change(session, token, ELSEWHERE, keys=service.keys, now=FIRST, wall=FIRST)
    ask_address(service, reader, wall=FIRST)
    late = FIRST + timedelta(hours=12)
    with service.write() as session:
        session.execute(update(Message).values(not_after=FIRST + timedelta(days=9), open_until=None, not_before=FIRST))
    for hours in range(6):
        _send_one(service, late + timedelta(hours=hours))
    with service.write() as session:
        enrolment = session.scalars(select(Message.enrolment_id).where(Message.kind == Kind.LETTER)).one()
        moves.make(session, token, enrolment or 0, Move(What.AGAIN, days=1), keys=service.keys, now=late)
        hashes = service.keys.address_hashes(READER)
        suppressions.add(session, hashes, reason="complaint", source="test", wall=late)
        session.add(Knock(address_hash=hashes[0][1], at=TUESDAY))


def _rows(export: dict[str, Any], place: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [export]
    for name in place:
        found = [row[name] for row in rows]
        rows = [row for each in found for row in (each if isinstance(each, list) else [each])]
    return rows


def test_every_table_and_column_about_a_person_is_in_the_export_or_left_out_for_a_reason(service: Service, reader: int) -> None:
    _live_a_little(service, reader)
    export = _export(service, reader)
    assert {table.name for table in Table.metadata.sorted_tables} == {
        *PLACES,
        *OF_US,
        *SUMS,
        *TRACES,
        *OF_THE_DESK,
        *TRAIL,
        *LISTS_BROUGHT,
    }
    for name in {*OF_US, *OF_THE_DESK, *LISTS_BROUGHT}:
        points_at = {key.column.table.name for key in Table.metadata.tables[name].foreign_keys}
        assert not points_at & {"subscribers", "consents", "enrolments"}, name
    left_out = set().union(*LEFT_OUT.values())
    for name, place in PLACES.items():
        columns = {column.name for column in Table.metadata.tables[name].columns}
        rows = _rows(export, place)
        assert rows, f"no row of {name} to look at"
        for row in rows:
            assert columns - left_out - CALLED_OTHERWISE.get(name, set()) <= set(row), name
            assert INSTEAD.get(name, set()) <= set(row)
            assert not left_out & set(row), name


def test_having_left_another_list_is_not_said_to_be_a_wish_for_no_mail(service: Service, reader: int) -> None:
    with service.write() as session:
        hashes = service.keys.address_hashes(READER)
        suppressions.add(session, hashes, reason=suppressions.LEFT, source="import:1", wall=TUESDAY)
    export = _export(service, reader)
    assert export["never_written_to"] == []
    assert [row["source"] for row in export["left_elsewhere"]] == ["import:1"]


def test_an_export_counts_every_row_of_this_person_and_of_nobody_else(service: Service, reader: int) -> None:
    _live_a_little(service, reader)
    confirmed(service, "other@example.net", now=TUESDAY, wall=TUESDAY)
    export = _export(service, reader)
    with service.read() as session:
        mine = session.scalars(select(func.count()).select_from(Message).where(Message.subscriber_id == reader)).one()
    assert len(export["messages"]) == mine >= 4
    assert [len(export[name]) for name in ("consents", "programmes", "links_asked_for")] == [1, 1, 1]
    assert "other@example.net" not in json.dumps(export)
    assert export["programmes"][0]["programme"] == "After leaving"
    assert export["consents"][0]["text"] == "I would like one note a week by email."


def test_an_export_does_not_tell_where_somebody_is_or_writes_from_now(service: Service, reader: int) -> None:
    _live_a_little(service, reader)
    export = _export(service, reader)
    told = json.dumps(export)
    for secret in ("Auckland", "Berlin", '"NZ"', "12-24", "192.0.2", NEW):
        assert secret not in told, secret
    assert {export["you"][name] for name in ("zone", "country", "never_hours", "quiet_days")} == {"set"}
    assert {export["consents"][0][name] for name in ("zone", "ip")} == {"set"}
    assert export["links_asked_for"][0]["address"] == "set"
    to_new = [message for message in export["messages"] if message["kind"] == "address"]
    assert [(message["sent_address"], message["reply_text"]) for message in to_new] == [("set", "set")]
    assert {message["open_until"] for message in export["messages"]} <= {"set", "not set"}


def test_wishes_that_nobody_has_are_said_not_to_be_set(service: Service, reader: int) -> None:
    export = _export(service, reader)
    assert [export["you"][name] for name in ("country", "never_hours", "quiet_days")] == ["not set"] * 3
    assert export["links_asked_for"] == export["never_written_to"] == export["asked_before"] == []


def test_a_network_that_confirmed_is_said_to_be_set(service: Service, reader: int) -> None:
    assert _export(service, reader)["consents"][0]["confirm_ip"] == "not set"
    with service.write() as session:
        session.execute(update(Consent).values(confirm_ip="198.51.100.0/24"))
    assert _export(service, reader)["consents"][0]["confirm_ip"] == "set"


def test_times_are_iso_8601_in_utc_and_all_of_it_is_json(service: Service, reader: int) -> None:
    _live_a_little(service, reader)
    export = json.loads(json.dumps(_export(service, reader)))
    assert export["you"]["confirmed_at"] == "2026-03-03T10:00:00+00:00"
    letter = next(message for message in export["messages"] if message["kind"] == "letter")
    assert letter["letter"] == "after-leaving-1"
    assert datetime.fromisoformat(letter["slot"]).utcoffset() == timedelta()


def test_a_link_gives_it_once(service: Service, reader: int) -> None:
    token = ask_export(service, reader, wall=TUESDAY)
    with service.read() as session:
        assert exports.look(session, token, keys=service.keys, wall=TUESDAY) == "en"
    first = _take(service, token)
    assert first is not None
    assert first["you"]["address"] == READER
    assert _take(service, token) is None
    with service.read() as session:
        assert exports.look(session, token, keys=service.keys, wall=TUESDAY) is None


def test_a_page_that_was_just_shown_can_have_it_again_for_ten_minutes(service: Service, reader: int) -> None:
    token = ask_export(service, reader, wall=TUESDAY)

    def again(after: timedelta, tried: str = token) -> bool:
        with service.read() as session:
            return exports.again(session, tried, keys=service.keys, wall=TUESDAY + after) is not None

    assert not again(timedelta())
    _take(service, token)
    assert again(timedelta())
    assert again(timedelta(minutes=10))
    assert not again(timedelta(minutes=10, seconds=1))
    assert not again(timedelta(), link(service, reader, Purpose.ERASE))


def test_a_link_works_for_a_day(service: Service, reader: int) -> None:
    token = ask_export(service, reader, wall=TUESDAY)
    assert _take(service, token, TUESDAY + timedelta(hours=24)) is None
    assert _take(service, token, TUESDAY + timedelta(hours=24, seconds=-1)) is not None


def test_three_a_day_can_be_asked_for_and_each_is_a_message(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.ERASE)

    def ask(after: timedelta) -> bool | None:
        with service.write() as session:
            return exports.ask(session, token, keys=service.keys, wall=TUESDAY + after)

    assert [ask(timedelta(hours=hour)) for hour in range(4)] == [True, True, True, False]
    assert ask(timedelta(hours=24)) is True
    with service.read() as session:
        assert session.scalars(select(func.count()).select_from(Message).where(Message.kind == Kind.EXPORT)).one() == 4


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.ERASE])
def test_it_is_asked_for_with_the_link_to_ones_data_alone(service: Service, reader: int, purpose: Purpose) -> None:
    with service.write() as session:
        assert exports.ask(session, link(service, reader, purpose), keys=service.keys, wall=TUESDAY) is None


@pytest.mark.parametrize("act", [act for act in GraveAct if act is not GraveAct.EXPORT])
def test_a_link_for_another_act_gives_nothing(service: Service, reader: int, act: GraveAct) -> None:
    with service.write() as session:
        if act is GraveAct.ERASE:
            erasure.ask(session, link(service, reader, Purpose.ERASE), keys=service.keys, wall=TUESDAY)
        else:
            addresses.ask(session, link(service, reader, Purpose.PREFERENCES), NEW, keys=service.keys, wall=TUESDAY)
    assert _take(service, fresh(service, reader, act)) is None
