"""Whether `POST /subscribe` takes the same time for every kind of address (O-1): medians and noise, side by side in one run.

The kinds take turns, so that whatever else this machine does falls on all of them alike. Unknown addresses come twice: how far
these two are from each other is how much the figures can be trusted.
"""

import logging
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from flask.testing import FlaskClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from service.app import build
from service.bootstrap import Service
from service.store import schema, suppressions
from service.web import proofs
from tests.parts.postgres import postgres, url_of
from tests.parts.river import Parts, ask, confirmed, intake, load
from tests.parts.servers import redis_server
from tests.web.test_proofs import solved
from tests.web.test_sign_up_page import form_field

ROUNDS = 180
CROWD = 2_000
PENDING, ACTIVE, SUPPRESSED = "pending@gmail.com", "active@outlook.com", "suppressed@yahoo.com"
"""At providers where many may come at once: what is measured is the address, not the queue of its domain."""

KNOWN = {"pending": PENDING, "active": ACTIVE, "suppressed": SUPPRESSED}
KINDS = ("unknown", "unknown again", *KNOWN, "held", "dropped: trap", "dropped: crowd")
FIELDS = {"programme": "after-leaving", "weekday": "1", "hour": "10", "zone": "Europe/Berlin", "consent": "yes"}
FULL = "192.0.2.1"
"""In a network that has had its five."""


def prepare(service: Service) -> None:
    """Somebody of each kind, among many others."""
    load(service)
    wall = service.wall()
    confirmed(service, ACTIVE, now=service.now(), wall=wall)
    ask(service, PENDING, wall=wall)
    intake(service, wall=wall)
    with service.write() as session:
        hashes = service.keys.address_hashes(SUPPRESSED)
        suppressions.add(session, hashes, reason="complaint", source="bench", wall=wall)
    for number in range(CROWD):
        ask(service, f"crowd.{number}@example.net", wall=wall)


class Visitors:
    """People who have filled in the form, each in a network of their own."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        # The page that comes after a mistake may be sent back at once.
        self._stamp = form_field(client.post("/subscribe", data={"email": "half"}))
        self._numbers: Iterator[int] = count(1)
        for _ in range(6):
            self.send("dropped: crowd")

    def send(self, kind: str) -> float:
        """Send the form once; gives the milliseconds."""
        number = next(self._numbers)
        made: Any = self._client.get("/challenge").get_json()
        fields = FIELDS | {
            "form": self._stamp,
            "email": KNOWN.get(kind, f"unknown.{number}@d{number}.example.net"),
            "proof": "" if kind == "held" else solved(made),
            "remarks": "Buy now" if kind == "dropped: trap" else "",
        }
        ip = FULL if kind == "dropped: crowd" else f"10.{number // 256}.{number % 256}.1"
        start = time.perf_counter()
        answer = self._client.post("/subscribe", data=fields, environ_base={"REMOTE_ADDR": ip})
        took = (time.perf_counter() - start) * 1e3
        assert answer.status_code == 200, kind
        return took


def measure(visitors: Visitors) -> dict[str, list[float]]:
    """Milliseconds for each kind, in turns that begin with another kind each time."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(ROUNDS):
        first = turn % len(KINDS)
        for kind in KINDS[first:] + KINDS[:first]:
            times[kind].append(visitors.send(kind))
    return times


def report(name: str, times: dict[str, list[float]]) -> None:
    """The table of one database. The error is that of the median."""
    base = statistics.median(times[KINDS[0]])
    print(f"\n{name}, {ROUNDS} of each")
    print(f"{'':20} {'median ms':>10} {'error':>7} {'quartiles':>17} {'ratio':>7}")
    for kind, each in times.items():
        low, median, high = statistics.quantiles(each, n=4)
        error = 1.2533 * statistics.stdev(sorted(each)[: len(each) * 9 // 10]) / math.sqrt(len(each))
        print(f"{kind:20} {median:10.3f} {error:7.3f} {low:9.3f}{high:8.3f} {median / base:7.3f}")


def run(name: str, url: str, redis_url: str) -> None:
    """Measure one database."""
    schema.upgrade(url)
    service = replace(Parts(url, redis_url).service(), rate_limits=True)
    prepare(service)
    with build(service).test_client() as client:
        report(name, measure(Visitors(client)))
    service.database.close()


def main() -> None:
    """Print a table for each database."""
    logging.disable(logging.WARNING)
    proofs.COST, proofs.LEAST, proofs.MOST = 2, 1, 5  # type: ignore[misc]  # solving is not what is measured
    with tempfile.TemporaryDirectory() as folder, redis_server() as redis:
        run("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}", redis.url)
        redis.flush()
        with postgres() as conninfo:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS mendletter_bench")
                connection.execute("CREATE DATABASE mendletter_bench")
            run("PostgreSQL", url_of(conninfo, "mendletter_bench"), redis.url)


if __name__ == "__main__":
    main()
