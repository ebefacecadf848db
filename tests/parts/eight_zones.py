"""Readers in eight zones, and what came to them by ledger and by SMTP; refuses to say when anything should come."""

from collections import Counter, defaultdict
from datetime import date, datetime
from email import message_from_bytes

from sqlalchemy import select

from service.domain.messages import Kind
from service.domain.schedule import local_day
from service.store import batches as batch_rows
from service.store import progress, sequences
from service.store.tables import Enrolment, Letter, Message, Subscriber
from tests.parts.world import World

ZONES = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles"),
    *("Asia/Kolkata", "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo"),
)
FIRST = date(2026, 3, 21)
"""Four Saturdays: Europe's clocks go forward on 29 March, Australia's and New Zealand's back on 5 April."""


def address(number: int) -> str:
    """The address of a reader."""
    return f"r{number}@example.net"


def crowd(world: World, readers: int, *, since: datetime, due: datetime) -> None:
    """Readers at the beginning of their programme, who get it on Tuesdays; the zones go round."""
    with world.service.write() as session:
        programme = sequences.by_slug(session, "after-leaving")
        assert programme is not None
        for number in range(readers):
            session.add(
                Subscriber(
                    ref=f"{number:016x}",
                    address=address(number),
                    address_key=address(number),
                    address_hash=f"{number:064x}",
                    state="active",
                    zone=ZONES[number % len(ZONES)],
                    hour=10,
                    language="en",
                    discreet=True,
                    created_at=since,
                    confirmed_at=since,
                )
            )
        session.flush()
        for person in session.scalars(select(Subscriber)):
            session.add(
                Enrolment(
                    subscriber_id=person.id,
                    sequence_id=programme.id,
                    state="running",
                    weekday=1,
                    pace_days=7,
                    anchor=since.date(),
                    created_at=since,
                    next_due_at=due,
                )
            )


def slots(world: World, batch: int) -> list[Counter[datetime]]:
    """When each letter of a batch left, by the ledger."""
    with world.service.read() as session:
        order = [letter.id for letter in batch_rows.letters_of(session, batch)]
        found: dict[int, Counter[datetime]] = defaultdict(Counter)
        sent = select(Message).where(Message.letter_id.in_(order), Message.state == "sent")
        for message in session.scalars(sent):
            if message.letter_id and message.slot:
                found[message.letter_id][message.slot] += 1
    return [found[letter_id] for letter_id in order]


def check(world: World, batch: int) -> None:
    """The account closes, whatever is going on."""
    with world.service.read() as session:
        accounts = progress.account(session, batch)
    assert accounts.total.closes
    assert all(each.closes for each in accounts.letters.values())


def received(world: World) -> Counter[str]:
    """How many mails the SMTP server took for each address of a reader."""
    return Counter(line["rcpt"] for line in world.witness.received() if line["rcpt"].endswith("@example.net"))


def nobody_twice(world: World) -> None:
    """No two letters on one local day, none twice, and none that the SMTP server did not see."""
    with world.service.read() as session:
        rows = session.execute(
            select(Message.subscriber_id, Message.letter_id, Message.slot, Subscriber.zone, Message.ref)
            .join(Subscriber, Subscriber.id == Message.subscriber_id)
            .join(Letter, Letter.id == Message.letter_id)
            .where(Message.kind == Kind.LETTER, Message.state == "sent")
        ).all()
    days = Counter((person, local_day(slot, zone)) for person, _, slot, zone, _ in rows if slot)
    letters = Counter((person, letter) for person, letter, *_ in rows)
    assert set(days.values()) == set(letters.values()) == {1}
    seen = Counter(
        message_from_bytes(world.witness.raw(line["seq"]))["Message-ID"].partition(".")[2].partition("@")[0]
        for line in world.witness.received()
        if line["rcpt"].endswith("@example.net")
    )
    assert seen == Counter(ref for *_, ref in rows)
