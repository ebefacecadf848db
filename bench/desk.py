"""How long the desk's pages take at 100,000 readers and 1,000,000 messages, on both databases, with the plans of slow queries.

`python -m bench.desk [READERS [MESSAGES]]`. It makes the data first, which takes a minute or two.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from bench import batches
from bench.crowd import END, Size, fill, is_sqlite
from service.actions import programmes
from service.app import build
from service.bootstrap import Service
from service.mail.programmes import read_programme
from service.store import schema
from tests.parts.postgres import postgres, url_of
from tests.parts.river import Parts
from tests.web.admin.seats import StandInSeats

ROUNDS = 5
TARGET_MS = 300.0
SLOW_MS = 50.0
PLANS_AT_MOST = 4
SHIPPED = Path(__file__).resolve().parents[1] / "templates" / "programmes"


def main() -> None:
    """Print, for both databases, each page's median, the whole table of them, and the plans of the slowest queries."""
    given = [int(number) for number in sys.argv[1:3]]
    size = Size(*[*given, *(100_000, 1_000_000)[len(given) :]])
    print(f"{size.readers:,} readers, {size.messages:,} messages; medians of {ROUNDS}, target {TARGET_MS:.0f} ms")
    with databases() as urls:
        figures = {name: measure(url, size) for name, url in urls.items()}
    names = list(figures)
    print(f"\n{'page':44} " + " ".join(f"{name:>14}" for name in names))
    for page in sorted({page for found in figures.values() for page in found}):
        costs = [figures[name].get(page, 0.0) for name in names]
        print(f"{page:44} " + " ".join(f"{cost:11.0f} ms{'!' if cost > TARGET_MS else ' '}" for cost in costs))
    late = sum(cost > TARGET_MS for found in figures.values() for cost in found.values())
    print(f"\n{late} pages above the target")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """An empty migrated database of each kind."""
    with tempfile.TemporaryDirectory() as folder, postgres() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("CREATE DATABASE desk")
        urls = {"sqlite": f"sqlite:///{folder}/desk.db", "postgresql": url_of(conninfo, "desk")}
        for url in urls.values():
            schema.upgrade(url)
        yield urls


def measure(url: str, size: Size) -> dict[str, float]:
    """Milliseconds of each page of the desk that needs no more than what is there."""
    service = Parts(url).service()
    load(service)
    start = time.perf_counter()
    fill(service, size)
    print(f"\n{'sqlite' if is_sqlite(url) else 'postgresql'}: filled in {time.perf_counter() - start:.0f} s")
    seats = StandInSeats()
    seats.sit()
    app = build(service, seats=seats)
    watch = Watch(service.database.reader)
    pages = batches.make(service, size)
    costs = {}
    paths = [path for rule in app.url_map.iter_rules() if (path := _path(rule))]
    for path in sorted([*paths, *FILLED_IN]):
        costs[path] = _milliseconds(app.test_client(), path)
    costs |= {name: _milliseconds(app.test_client(), path) for path, name in pages}
    costs[f"{AHEAD}, the first time"] = _milliseconds(build(service, seats=seats).test_client(), AHEAD, rounds=1)
    watch.tell(service)
    service.database.close()
    return costs


def load(service: Service) -> None:
    """The programmes that come with Mendletter."""
    with service.write() as session:
        for folder in sorted(SHIPPED.iterdir()):
            if folder.is_dir():
                programmes.load(session, read_programme(folder), wall=END)


AHEAD = "/admin/calendar?count=yes"
"""What follows the calendar's page, and is kept for a while after the first time."""

MADE_UP: dict[str, str] = {
    "ref": f"{1:016x}",
    "letter_id": "1",
    "sequence_id": "1",
    "name": "site_name",
    "language": "en",
}
FILLED_IN = ("/admin/machine?programme=after-leaving", "/admin/machine?programme=line-a-day")
"""Forms that show more once they are filled in."""


def _path(rule: Rule) -> str:
    """A page of the desk to look at; empty for one that needs what is not there."""
    if not rule.endpoint.startswith("desk_") or "GET" not in (rule.methods or ()) or not rule.arguments <= MADE_UP.keys():
        return ""
    path = rule.rule
    for name in rule.arguments:
        for shape in (f"<{name}>", f"<int:{name}>"):
            path = path.replace(shape, MADE_UP[name])
    return path if "<" not in path else ""


def _milliseconds(client: Any, path: str, rounds: int = ROUNDS) -> float:  # noqa: ANN401  Flask's test client
    costs = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = client.get(path)
        costs.append((time.perf_counter() - start) * 1000)
        if answer.status_code >= 500:
            print(f"{path}: {answer.status_code}")
    return statistics.median(costs)


class Watch:
    """Times every query, and explains the slow ones."""

    def __init__(self, engine: Engine) -> None:
        self.slowest: dict[str, tuple[float, Any]] = {}
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, connection: Any, *_: Any) -> None:  # noqa: ANN401  SQLAlchemy's signature
        connection.info["begun"] = time.perf_counter()

    def _after(self, connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:  # noqa: ANN401
        cost = (time.perf_counter() - connection.info["begun"]) * 1000
        if cost > self.slowest.get(statement, (0.0, None))[0]:
            self.slowest[statement] = cost, values

    def tell(self, service: Service) -> None:
        """Print the plans of the slowest queries."""
        slow = sorted(((cost, text, values) for text, (cost, values) in self.slowest.items()), key=lambda each: -each[0])
        word = "EXPLAIN QUERY PLAN " if service.database.reader.dialect.name == "sqlite" else "EXPLAIN "
        for cost, text, values in slow[:PLANS_AT_MOST]:
            if cost < SLOW_MS:
                break
            print(f"\n{cost:.0f} ms: {' '.join(text.split())[:400]}")
            with service.database.reader.connect() as connection:
                for row in connection.exec_driver_sql(word + text, values):
                    print("   ", row[-1])


if __name__ == "__main__":
    main()
