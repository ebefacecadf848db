"""Lists that go out: no formula, no place, no hour; and lists of addresses never to write to, in and out again."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from service.actions import imports, lists
from service.actions.lists import Suppressed
from service.bootstrap import Service
from service.domain.imports.files import File, ListError
from service.domain.imports.rules import What
from service.domain.subscribers import State
from service.mail.tokens import Keyring
from service.store.tables import Subscriber, Suppression
from tests.actions.test_imports import take
from tests.parts.lists import text
from tests.parts.river import SECRET, TUESDAY, confirmed

HOUR = timedelta(hours=1)
DANGEROUS = ("=1+1@example.org", "+ada@example.org", "-ada@example.org")


def parsed(lines: Iterable[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines))))


def readers(service: Service) -> list[dict[str, str]]:
    with service.read() as session:
        return parsed(lists.readers(session))


def suppress(service: Service, file: File, *, keys: Keyring | None = None, wall: datetime = TUESDAY) -> Suppressed:
    with service.write() as session:
        return lists.suppress(session, file, source="desk", keys=keys or service.keys, now=wall, wall=wall)


def test_no_cell_of_an_export_is_a_formula_and_an_import_takes_it_back(service: Service) -> None:
    take(service, text("email,consent at", *(f"{address},2024-01-01" for address in DANGEROUS)))
    with service.read() as session:
        out = "".join(lists.readers(session))
    for row in csv.reader(io.StringIO(out)):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    back = imports.read([File("readers.csv", out.encode())], wall=TUESDAY)
    assert [(row.address, row.what) for row in back.rows] == [(address, What.ADD) for address in DANGEROUS]


def test_an_export_says_how_everybody_stands_and_not_where_or_when_not(service: Service) -> None:
    confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        hidden = {"country": "GB", "never_hours": 7, "quiet_days": ["12-24"], "zone": "Pacific/Chatham"}
        session.execute(update(Subscriber).values(**hidden))
    (row,) = readers(service)
    assert tuple(row) == lists.READERS
    assert (row["email"], row["state"], row["programmes"]) == ("ada@example.org", "active", "after-leaving: running")
    assert (row["discreet"], row["consent_method"], row["confirmed_at"]) == ("yes", "web-doi", "2026-03-03T10:00:00+00:00")
    assert not {"GB", "Pacific/Chatham", "12-24", "7"} & set(row.values())


def test_whoever_left_here_is_not_brought_anywhere_by_our_export(service: Service) -> None:
    for state in State:
        reader = confirmed(service, f"{state}@example.org", now=TUESDAY, wall=TUESDAY)
        with service.write() as session:
            session.execute(update(Subscriber).where(Subscriber.id == reader).values(state=state))
    with service.read() as session:
        out = "".join(lists.readers(session)).encode()
    back = {row.address.partition("@")[0]: row.what for row in imports.read([File("out.csv", out)], wall=TUESDAY).rows}
    assert back == {
        "active": What.ADD,
        "pending": What.LEAVE,
        "left": What.SUPPRESS,
        "bounced": What.SUPPRESS,
        "complained": What.SUPPRESS,
    }


def test_an_export_is_whole_however_many_there_are(service: Service) -> None:
    addresses = [f"a{number:04}@example.org" for number in range(1_001)]
    with service.write() as session:
        session.add_all(_plain(service, address) for address in addresses)
    assert [row["email"] for row in readers(service)] == addresses


def _plain(service: Service, address: str) -> Subscriber:
    value = service.keys.address_hashes(address)[0][1]
    rest = {"state": State.ACTIVE, "zone": "UTC", "hour": 10, "language": "en", "discreet": True, "created_at": TUESDAY}
    return Subscriber(ref=value[:16], address=address, address_key=address, address_hash=value, **rest)


def test_plain_addresses_are_suppressed_once_and_readers_among_them_stopped(service: Service) -> None:
    reader = confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    file = text("Ada@Example.org", "zoe@example.org", "nobody")
    assert suppress(service, file) == Suppressed(2, 0, 1, ((3, "This is not an address that mail can go to."),))
    assert suppress(service, file, wall=TUESDAY + HOUR) == Suppressed(
        0, 2, 0, ((3, "This is not an address that mail can go to."),)
    )
    with service.read() as session:
        assert session.get_one(Subscriber, reader).state == State.LEFT
        assert {row.reason for row in session.scalars(select(Suppression))} == {"manual"}


def test_a_list_that_is_brought_to_be_suppressed_bars_whoever_left_there_too(service: Service) -> None:
    left = text("email,status", "ada@example.org,unsubscribed")
    take(service, left)
    with service.read() as session:
        out = "".join(lists.suppressions(session))
    assert [row["reason"] for row in parsed([out])] == ["left"]
    assert suppress(service, left) == Suppressed(1, 0, 0, ())
    assert suppress(service, File("suppressions.csv", out.encode())) == Suppressed(0, 1, 0, ())
    with service.read() as session:
        assert [row.reason for row in session.scalars(select(Suppression))] == ["manual"]
    with service.write() as session:
        session.execute(Suppression.__table__.delete())  # type: ignore[attr-defined]
    assert suppress(service, File("suppressions.csv", out.encode())).added == 1
    with service.read() as session:
        assert [row.reason for row in session.scalars(select(Suppression))] == ["left"]


def test_suppressions_go_out_as_hashes_and_come_in_where_the_key_is_there(service: Service) -> None:
    suppress(service, text("email,status", "ada@example.org,bounced"))
    with service.read() as session:
        out = "".join(lists.suppressions(session))
    assert "ada" not in out
    assert [(row["reason"], row["source"]) for row in parsed([out])] == [("hard", "desk")]
    file = File("suppressions.csv", out.encode())
    assert suppress(service, file) == Suppressed(0, 1, 0, ())
    with service.write() as session:
        session.execute(Suppression.__table__.delete())  # type: ignore[attr-defined]
    stranger = Keyring(["another secret that is long enough for tests 123456"])
    assert suppress(service, file, keys=stranger).left_out == (
        (2, "This hash was made with a key that is not in SECRET_KEY here."),
    )
    assert suppress(service, file, keys=Keyring(["a new secret that is long enough for tests 12345678", SECRET])).added == 1
    service.check_keys()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (text("email", *(f"a{number}@example.org" for number in range(5_001))), "more than 5,000 rows"),
        (text("hash,key_id", *("0" * 64 + ",x" for _ in range(5_001))), "more than 5,000 rows"),
        (text("name"), "No column with e-mail addresses"),
    ],
    ids=["addresses", "hashes", "no-list"],
)
def test_a_list_that_cannot_be_suppressed_is_refused_whole(service: Service, file: File, sentence: str) -> None:
    with pytest.raises(ListError, match=sentence):
        suppress(service, file)
