"""What the desk counts, and the week that it tells by mail."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.actions import desk_mail, digests, enrolments, messages
from service.bootstrap import Service
from service.domain.messages import Accepted, Kind, Refused, Unheard
from service.domain.roles import Role
from service.domain.weeks import week_to_tell
from service.store import care, figures
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail
from service.store.tables import Letter, Sequence
from tests.parts.river import TUESDAY, confirmed

BERLIN = "Europe/Berlin"
"""At half past eleven in the evening in London it is tomorrow there."""


def settle_all(service: Service, *outcomes: Accepted | Refused | Unheard, at: datetime) -> None:
    """Let every due letter end, in turn as these outcomes say."""
    for outcome in outcomes:
        with service.write() as session:
            taken = messages.take(session, token="t", lease=timedelta(minutes=5), now=at, wall=at, speed=1)
            assert taken
        with service.write() as session:
            assert messages.settle(session, taken, outcome, retry=messages.Retry(timedelta(minutes=30), 0), wall=at)


def test_what_ended_and_who_came_is_counted_by_the_days_of_whoever_looks(service: Service) -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    for number in range(3):
        confirmed(service, f"reader{number}@example.net", now=TUESDAY, wall=TUESDAY)
    settle_all(service, *[Accepted(250, "ok")] * 3, at=TUESDAY)  # welcome letters are not counted here
    with service.write() as session:
        assert enrolments.plan(session, now=late, wall=late, speed=100) == 3
    settle_all(service, Accepted(250, "ok"), Refused("rcpt", 550, "no"), Unheard("silence"), at=late)
    with service.read() as session:
        days = figures.days_before(date(2026, 3, 11), 9)
        ended = figures.ended_by_day(session, BERLIN, days, wall=late)
        assert dict(ended[days[-1]]) == {"sent": 1, "refused": 1, "unknown": 1}
        assert not ended[days[-2]]
        assert ended[days[-1]] == figures.ended_by_day(session, "UTC", days, wall=late)[days[-2]]
        came = figures.sign_ups_by_day(session, "UTC", days)
        assert dict(came[TUESDAY.date()]) == {"asked": 3, "confirmed": 3}
        stand = figures.standing(session, now=late)
        unneeded = 3  # confirm letters: these readers have confirmed by another way
        assert (stand.readers, stand.pending, stand.waiting, stand.unknown, stand.refused) == (3, 0, unneeded, 1, 1)
        assert figures.facts_since(session, TUESDAY) == {"started": 3}
        [(programme, readers, letters)] = figures.programmes(session)
        assert (programme.slug, readers, letters) == ("after-leaving", 3, 3)


def test_the_end_of_a_batch_is_no_end_of_a_programme(service: Service) -> None:
    confirmed(service, "reader@example.net", now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        assert figures.facts_since(session, TUESDAY) == {"started": 1}
        session.execute(update(Sequence).values(kind="batch"))
        assert figures.facts_since(session, TUESDAY) == {}


def test_mail_to_the_desk_that_was_refused_is_not_counted_among_readers(service: Service) -> None:
    """The list that the count leads to holds readers' letters only: it could never be emptied."""
    with service.write() as session:
        session.add(_admin("ada", wants=True, active=True))
        session.flush()
        desk_mail.send_trial(session, desk_mail.Trial("a letter", "a source", "en", discreet=True), [1], wall=TUESDAY)
    settle_all(service, Refused("rcpt", 550, "no"), at=TUESDAY)
    with service.read() as session:
        assert figures.standing(session, now=TUESDAY).refused == 0


def test_fewer_than_five_answers_about_a_letter_are_not_told(service: Service) -> None:
    with service.write() as session:
        first, second = session.scalars(select(Letter.id).order_by(Letter.id).limit(2))
        for number in range(5):
            care.add(session, first, "helped" if number else "hard")
        for _ in range(4):
            care.add(session, second, "hard")
    with service.read() as session:
        [told] = figures.care(session)
    assert (told.letter_id, told.total, dict(told.answers)) == (first, 5, {"helped": 4, "hard": 1})


@pytest.mark.parametrize(
    ("moment", "zone", "monday"),
    [
        ("2026-03-09T07:00Z", BERLIN, "2026-03-02"),
        ("2026-03-09T06:59Z", BERLIN, None),
        ("2026-03-09T22:59Z", BERLIN, "2026-03-02"),
        ("2026-03-09T23:00Z", BERLIN, None),
        ("2026-03-09T07:00Z", "America/New_York", None),
        ("2026-03-30T06:00Z", BERLIN, "2026-03-23"),
    ],
)
def test_a_week_is_told_on_monday_morning_of_whoever_reads_it(moment: str, zone: str, monday: str | None) -> None:
    found = week_to_tell(datetime.fromisoformat(moment), zone)
    assert (found and found.isoformat()) == monday


def test_everybody_who_wants_it_is_told_of_a_week_once_and_without_an_address(service: Service) -> None:
    confirmed(service, "reader@example.net", now=TUESDAY, wall=TUESDAY)
    monday = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    with service.write() as session:
        for name, wants, active in (("ada", True, True), ("bob", False, True), ("eve", True, False)):
            session.add(_admin(name, wants=wants, active=active))
        invited = _admin("ina", wants=True, active=True)
        invited.confirmed_at = None  # the address may be a stranger's
        session.add(invited)
    for _ in range(2):
        with service.write() as session:
            digests.send(session, base_url=service.site.base_url, now=monday, wall=monday)
    with service.write() as session:
        [mail] = session.scalars(select(DeskMail))
        assert "1 sign-up came in" in mail.source
        assert "1 was confirmed" in mail.source
        assert "example.net" not in mail.source
    with service.write() as session:
        postings = []
        while taken := messages.take(session, token="t", lease=timedelta(minutes=5), now=monday, wall=monday, speed=1):
            postings.append(taken.posting)
    [digest] = [posting for posting in postings if posting.kind is Kind.DIGEST]
    assert digest.address == "ada@example.org"
    assert b"Subject: The week in figures" in service.compose(digest).data


def _admin(name: str, *, wants: bool, active: bool) -> Admin:
    return Admin(
        email=f"{name}@example.org",
        email_key=f"{name}@example.org",
        name=name,
        role=Role.OWNER,
        zone=BERLIN,
        active=active,
        wants_digest=wants,
        fs_uniquifier=name,
        fs_webauthn_user_handle=name,
        created_at=TUESDAY,
        confirmed_at=TUESDAY,
    )
