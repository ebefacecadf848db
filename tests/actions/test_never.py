"""“Never write to this address”: what it ends, what it cannot end, and that it ends itself after a year (O-5)."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import func, select, update

from service.actions import consents, messages, retention, subscribers, suppressions
from service.actions.suppressions import NeverView
from service.bootstrap import Service
from service.domain.consents import Never, Standing
from service.mail.tokens import Keyring, Purpose
from service.store import suppressions as rows
from service.store.columns import Table
from service.store.tables import (
    Attempt,
    Consent,
    Enrolment,
    Knock,
    Message,
    Subscriber,
    Suppression,
)
from tests.parts.river import SECRET, TUESDAY, ask, confirm_token, confirmed, intake, stop_token

ADDRESS, OTHER = "reader@example.net", "other@example.net"
DAY = timedelta(days=1)
BACKUPS = timedelta(days=30)


def newest_ref(service: Service, address: str = ADDRESS) -> str:
    with service.read() as session:
        return session.scalars(select(Consent.ref).where(Consent.address == address).order_by(Consent.id.desc()).limit(1)).one()


def token_of(service: Service, address: str = ADDRESS) -> str:
    return service.keys.link_token(Purpose.NEVER, newest_ref(service, address))


def press(service: Service, token: str, *, wall: datetime = TUESDAY, keys: Keyring | None = None) -> NeverView:
    with service.write() as session:
        return suppressions.never(session, token, keys=keys or service.keys, wall=wall, backups=BACKUPS)


def look(service: Service, token: str) -> NeverView:
    with service.read() as session:
        return suppressions.look(session, token, keys=service.keys)


def count(service: Service, table: type[Table]) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def outcome_of_asking(service: Service, *, wall: datetime, address: str = ADDRESS) -> str | None:
    ask(service, address, wall=wall)
    intake(service, wall=wall)
    with service.read() as session:
        return session.scalars(select(Consent.outcome).order_by(Consent.id.desc()).limit(1)).one()


@pytest.fixture
def asked(service: Service) -> str:
    """Somebody typed the address twice, and a confirm letter waits; gives the link in it."""
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    token = token_of(service)
    ask(service, "Reader@Example.net", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    ask(service, wall=TUESDAY)  # and once more, which nobody has looked at yet
    return token


def test_looking_changes_nothing_and_shows_the_masked_address(service: Service, asked: str) -> None:
    assert look(service, asked) == NeverView(Never.OPEN, "r•••@e•••.net", "en")
    assert count(service, Suppression) == 0


def test_one_press_ends_everything_about_the_address(service: Service, asked: str) -> None:
    assert press(service, asked) == NeverView(Never.DONE, "r•••@e•••.net", "en")
    for table in (Subscriber, Consent, Message, Attempt, Knock, Enrolment):
        assert count(service, table) == 0
    with service.read() as session:
        [row] = session.scalars(select(Suppression)).all()
    assert (row.reason, row.source, row.created_at) == ("never", "confirm letter", TUESDAY)
    assert ADDRESS not in str(vars(row))
    assert look(service, asked).state is Never.UNKNOWN
    assert press(service, asked).state is Never.UNKNOWN


def test_nobody_else_is_touched(service: Service, asked: str) -> None:
    confirmed(service, OTHER, now=TUESDAY, wall=TUESDAY)
    press(service, asked)
    with service.read() as session:
        assert session.scalars(select(Subscriber.address)).all() == [OTHER]
        assert session.scalars(select(Consent.address)).all() == [OTHER]


def test_what_waits_is_not_sent_and_nothing_comes_again(service: Service, asked: str) -> None:
    press(service, asked)
    assert outcome_of_asking(service, wall=TUESDAY + DAY) == "suppressed"
    with service.write() as session:
        lease = timedelta(minutes=15)
        wall = TUESDAY + DAY
        assert messages.take(session, token="t" * 32, lease=lease, now=wall, wall=wall, speed=1.0) is None
    assert outcome_of_asking(service, wall=TUESDAY + DAY, address=OTHER) == "confirm"


def test_the_confirm_link_ends_with_it(service: Service, asked: str) -> None:
    with service.read() as session:
        link = confirm_token(service, session)
    press(service, asked)
    with service.write() as session:
        view = consents.confirm(session, link, ip="", keys=service.keys, now=TUESDAY, wall=TUESDAY)
    assert view.state is Standing.UNKNOWN
    assert count(service, Subscriber) == 0


def test_a_letter_that_is_on_the_wire_does_not_come_again(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    token = token_of(service)
    with service.write() as session:
        taken = messages.take(session, token="t" * 32, lease=timedelta(minutes=15), now=TUESDAY, wall=TUESDAY, speed=1.0)
    assert taken is not None
    assert press(service, token).state is Never.DONE
    assert count(service, Message) == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_confirm_letter_has_the_link_in_both_its_parts(service: Service, language: str) -> None:
    ask(service, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Consent).values(language=language))
    intake(service, wall=TUESDAY)
    with service.write() as session:
        taken = messages.take(session, token="t" * 32, lease=timedelta(minutes=15), now=TUESDAY, wall=TUESDAY, speed=1.0)
    assert taken is not None
    letter = message_from_bytes(service.compose(taken.posting).data, policy=default)
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        [link] = set(re.findall(r"/n/([A-Za-z0-9_-]{43})", part.get_content()))
        assert look(service, link).state is Never.OPEN


def test_an_address_that_somebody_confirmed_stays(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    token = token_of(service)
    assert look(service, token).state is Never.READER
    assert press(service, token).state is Never.READER
    assert count(service, Suppression) == 0
    with service.read() as session:
        assert session.scalars(select(Subscriber.state)).all() == ["active"]


def test_somebody_who_left_and_was_typed_again_is_forgotten_whole(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.read() as session:
        stop = stop_token(service, session, reader)
    with service.write() as session:
        subscribers.stop(session, stop, keys=service.keys, now=TUESDAY + DAY, wall=TUESDAY + DAY)
    assert outcome_of_asking(service, wall=TUESDAY + 2 * DAY) == "confirm"
    assert press(service, token_of(service), wall=TUESDAY + 2 * DAY).state is Never.DONE
    for table in (Subscriber, Consent, Message, Enrolment):
        assert count(service, table) == 0


def test_a_link_made_with_an_older_key_holds_and_another_purpose_does_not(service: Service, asked: str) -> None:
    newer = Keyring(["a newer key that is long enough, yes it is", SECRET])
    with service.read() as session:
        assert suppressions.look(session, asked, keys=newer).state is Never.OPEN
        link = confirm_token(service, session)
    for wrong in (link, asked[:-1], asked.swapcase(), "", "x" * 43):
        assert look(service, wrong).state is Never.UNKNOWN
        assert press(service, wrong).state is Never.UNKNOWN
    assert press(service, asked, keys=newer).state is Never.DONE
    with service.read() as session:
        assert {row.key_id for row in session.scalars(select(Suppression))} == set(newer.key_ids)


def test_it_lapses_after_a_year_and_not_before(service: Service, asked: str) -> None:
    press(service, asked)
    almost = TUESDAY + 365 * DAY - timedelta(seconds=1)
    with service.write() as session:
        retention.keep_house(session, keys=service.keys, now=almost, wall=almost, backups=BACKUPS)
        assert not rows.any_lapsed(session, before=almost - 365 * DAY)
    assert outcome_of_asking(service, wall=almost) == "suppressed"
    after = TUESDAY + 365 * DAY
    with service.read() as session:
        assert retention.anything(session, now=after, wall=after)
    with service.write() as session:
        retention.keep_house(session, keys=service.keys, now=after, wall=after, backups=BACKUPS)
    assert count(service, Suppression) == 0
    assert outcome_of_asking(service, wall=after) == "confirm"


def test_a_complaint_does_not_lapse_whichever_came_first(service: Service) -> None:
    with service.write() as session:
        for number, order in enumerate([("never", "complaint"), ("complaint", "never")]):
            for reason in order:
                hashes = service.keys.address_hashes(f"{number}@example.net")
                rows.add(session, hashes, reason=reason, source="test", wall=TUESDAY)
        rows.lapse(session, before=TUESDAY + 365 * DAY)
    with service.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["complaint", "complaint"]
