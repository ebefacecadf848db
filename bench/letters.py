"""What making one letter costs: prepared once and filled, against compiling it for each reader, side by side in one run."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from service.mail.envelope import to_bytes
from service.mail.prepared import Prepared, prepare_letter
from service.mail.site import Site
from service.mail.sources import parse_letter

PROGRAMME = Path(__file__).resolve().parents[1] / "templates" / "programmes" / "after-leaving"
SITE = Site("https://notes.example.org", "Weekly notes", "notes@example.org", "notes@example.org", "", "PO Box 1", "A charity")
VALUES = {
    "next_date": "Tuesday 8 December",
    "next_line": "If you do nothing, your next note comes on Tuesday 8 December.",
    "opener_line": "If you do nothing, the next one comes on its usual day.",
    "stop_link": "https://notes.example.org/u/" + "x" * 43,
    "confirm_link": "",
}
ROUNDS = 7


def _source() -> str:
    return sorted(PROGRAMME.glob("*.md"))[0].read_text("utf-8")


def _prepare(source: str) -> Prepared:
    return prepare_letter(parse_letter(source, name="x"), phase="x", language="en", discreet=True, site=SITE)


def _microseconds(work: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times * 1e6


def main() -> None:
    """Print medians and ratios."""
    source = _source()
    prepared = _prepare(source)
    values = {name: value for name, value in VALUES.items() if name in prepared.slots}
    body = prepared.fill(values)
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "compile for each reader": (lambda: _prepare(source).fill(values), 20),
        "fill what is prepared": (lambda: prepared.fill(values), 2000),
        "MIME by the e-mail package": (lambda: to_bytes({"Subject": body.subject}, body, boundary="b"), 100),
    }
    rounds = [{name: _microseconds(*way) for name, way in ways.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(one[name] for one in rounds) for name in ways}
    for name, cost in medians.items():
        print(f"{name:28} {cost:10.1f} us")
    compiled, filled, built = medians.values()
    print(f"{'compile / fill':28} {compiled / filled:10.1f} x")
    print(f"{'MIME / fill':28} {built / filled:10.1f} x")


if __name__ == "__main__":
    main()
