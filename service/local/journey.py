"""Sends two readers through a whole programme on a fast clock (`make journey`); refuses to pass over one wrong letter."""

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from service.local.calendar import clock_string
from service.local.ledger import Entry, eml, entries
from service.local.ports import open_door
from service.local.processes import DemoError, Runner, StopAsked, say
from service.local.received import Received
from service.local.stack import PROJECT, Stack
from service.local.valkey import socket_path
from service.local.visitor import Page, UnreachableError, get, post

ZONE = ZoneInfo("Europe/Berlin")
WEEKDAY, HOUR = 1, 10
LEAVE_AFTER = 4
# Four weeks before the clocks change in Europe: the letters must keep their hour across it.
START = datetime(2026, 3, 1, tzinfo=UTC)
_MAIL_PATIENCE = 30.0
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Letter:
    """What the checks need to know about one letter that came."""

    date: datetime
    subject: str
    words: str
    stop_link: str
    one_click: bool


@dataclass(slots=True)
class Reader:
    """Somebody who signed up, and the letters that came so far."""

    email: str
    titles: Sequence[str]
    letters: list[Letter] = field(default_factory=list)
    left_at: float | None = None

    def take(self, entry: Entry, letter: Letter | None) -> None:
        """Accepts a message or says what is wrong with it; `letter` is None for any other kind of message."""
        if self.left_at is not None and entry.at > self.left_at:
            raise DemoError(f"{self.email} left after letter {len(self.letters)} and was still sent message {entry.seq}.")
        if letter is None:
            return
        number = len(self.letters) + 1
        if number > len(self.titles):
            raise DemoError(f"{self.email} got a letter after the last of the programme's {len(self.titles)}.")
        if plain(self.titles[number - 1]) not in plain(letter.words):
            raise DemoError(f"Letter {number} for {self.email} is not “{self.titles[number - 1]}”.")
        if not letter.one_click:
            raise DemoError(f"Letter {number} for {self.email} cannot be stopped with one click.")
        self._check_date(number, letter.date)
        self.letters.append(letter)

    def _check_date(self, number: int, date: datetime) -> None:
        local = date.astimezone(ZONE)
        if (local.weekday(), local.hour) != (WEEKDAY, HOUR):
            raise DemoError(f"Letter {number} for {self.email} is dated {local:%a %H:%M}, not Tuesday at {HOUR}.")
        if self.letters:
            before = self.letters[-1].date.astimezone(ZONE).date()
            if local.date() - before != timedelta(weeks=1):
                raise DemoError(f"Letter {number} for {self.email} is dated {local:%Y-%m-%d}, the one before it {before}.")


def run_journey(*, week_seconds: float, programme: str) -> int:
    """0 if everything was right, otherwise 1 and one sentence that says what was not."""
    try:
        titles = programme_titles(PROJECT / "templates" / "programmes" / programme)
        with tempfile.TemporaryDirectory(prefix="mendletter-") as folder, _logs_kept_on_failure(Path(folder)):
            _travel(Path(folder), week_seconds, programme, titles)
    except StopAsked:
        print("The journey was stopped before its end.", file=sys.stderr)
        return 1
    except (DemoError, UnreachableError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def programme_titles(folder: Path) -> list[str]:
    """The titles of a programme's letters, in order."""
    try:
        plan = tomllib.loads((folder / "programme.toml").read_text(encoding="utf-8"))
        names = [name for phase in plan["phases"] for name in phase["letters"]]
        titles = [_title((folder / f"{name}.md").read_text(encoding="utf-8")) for name in names]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise DemoError(f"The programme in {folder} cannot be read: {error}.") from error
    if len(titles) <= LEAVE_AFTER:
        raise DemoError(f"The journey needs a programme of more than {LEAVE_AFTER} letters; {folder.name} has {len(titles)}.")
    return titles


def read_letter(mail: Received) -> Letter | None:
    """A letter of a programme, or None for any other message."""
    if mail.header("Feedback-ID").partition(":")[0] != "letter":
        return None
    if mail.date is None or mail.text is None:
        raise DemoError(f"The letter “{mail.subject}” has no date or no plain text.")
    stop = re.search(r"<(https?://[^>\s]+)>", mail.header("List-Unsubscribe"))
    one_click = bool(stop) and mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    return Letter(mail.date, mail.subject, mail.text, stop[1] if stop else "", one_click)


def plain(text: str) -> str:
    """Letters and digits only: a line break or a typeset quotation mark is no difference."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _travel(folder: Path, week_seconds: float, programme: str, titles: Sequence[str]) -> None:
    with (
        open_door(0) as web,
        open_door(0) as smtp,
        socket_path(folder) as socket,
        Runner(folder / "log", tell=_silent) as runner,
    ):
        clock = clock_string(START, time.time(), week_seconds)
        more = {"RATE_LIMITS": "off"}
        stack = Stack(folder, web.port, smtp.port, socket, clock, more, door=web.number, smtp_door=smtp.number)
        stack.start(runner)
        stays, leaves = Reader("stays@example.org", titles), Reader("leaves@example.org", titles)
        for reader in (stays, leaves):
            _sign_up(stack, reader, programme)
        for reader in (stays, leaves):
            _confirm(runner, stack, reader)
        _live(runner, stack, stays, leaves, week_seconds)
    say(
        f"All {len(titles)} letters came, in order, once, a week apart; "
        f"the reader who left after letter {LEAVE_AFTER} got nothing more."
    )


def _sign_up(stack: Stack, reader: Reader, programme: str) -> None:
    wishes = {"weekday": str(WEEKDAY), "hour": str(HOUR), "zone": ZONE.key, "discreet": "on", "consent": "on"}
    _send_form(get(f"{stack.base_url}/"), {"email": reader.email, "programme": programme, **wishes}, "sign-up")


def _confirm(runner: Runner, stack: Stack, reader: Reader) -> None:
    links: list[str] = []

    def found() -> bool:
        links.extend(_confirm_links(stack, reader.email))
        return bool(links)

    runner.until(found, _MAIL_PATIENCE, f"No message to confirm came for {reader.email} within {_MAIL_PATIENCE:g} seconds.")
    _send_form(get(links[0]), {}, "confirm")


def _confirm_links(stack: Stack, email: str) -> list[str]:
    texts = [_open(stack, entry).text or "" for entry in entries(stack.inbox) if entry.rcpt == email]
    return [link for text in texts for link in re.findall(re.escape(stack.base_url) + r"/c/[^\s<>\"')\]]+", text)]


def _send_form(page: Page, fields: dict[str, str], name: str) -> None:
    form = page.post_form()
    if page.status != 200 or form is None:
        raise DemoError(f"The {name} page ({page.url}) answered {page.status} {'without' if form is None else 'with'} a form.")
    answer = post(form.action, form.hidden | fields)
    if answer.status != 200:
        raise DemoError(f"The {name} form was sent to {form.action}, which answered {answer.status}.")


def _live(runner: Runner, stack: Stack, stays: Reader, leaves: Reader, week_seconds: float) -> None:
    post_office = _PostOffice(stack, stays, leaves)
    patience = 20 + 2 * week_seconds
    while (have := len(stays.letters)) < len(stays.titles):

        def next_came(have: int = have) -> bool:
            post_office.look()
            return len(stays.letters) > have

        runner.until(next_came, patience, f"Letter {have + 1} did not come within {patience:g} seconds.")
    quiet_until = time.monotonic() + 2 * week_seconds
    while time.monotonic() < quiet_until:
        post_office.look()
        runner.pause(_LOOK)
    if len(leaves.letters) != LEAVE_AFTER:
        raise DemoError(f"{leaves.email} was to leave after letter {LEAVE_AFTER}, but got {len(leaves.letters)} letters.")


class _PostOffice:
    """Hands every new message to its reader, and lets the second one leave."""

    def __init__(self, stack: Stack, stays: Reader, leaves: Reader) -> None:
        self._stack, self._stays, self._leaves = stack, stays, leaves
        self._readers = {reader.email: reader for reader in (stays, leaves)}
        self._seen: set[str] = set()
        self._last = 0

    def look(self) -> None:
        for entry in entries(self._stack.inbox):
            if entry.seq > self._last:
                self._last = entry.seq
                self._hand_over(entry)

    def _hand_over(self, entry: Entry) -> None:
        if entry.message_id in self._seen:
            raise DemoError(f"The message {entry.message_id} came twice.")
        self._seen.add(entry.message_id)
        reader = self._readers.get(entry.rcpt)
        if reader is None:
            raise DemoError(f"A message came for {entry.rcpt}, who never signed up.")
        letter = read_letter(_open(self._stack, entry))
        reader.take(entry, letter)
        if letter and reader is self._stays:
            day = letter.date.astimezone(ZONE)
            say(f"week {len(reader.letters)}  {day:%Y-%m-%d}  {letter.subject}  {entry.bytes}")
        if letter and reader is self._leaves and len(reader.letters) == LEAVE_AFTER:
            _leave(reader, letter)


def _leave(reader: Reader, letter: Letter) -> None:
    answer = post(letter.stop_link, {"List-Unsubscribe": "One-Click"})
    if answer.status != 200:
        raise DemoError(f"Leaving at {letter.stop_link} was answered with {answer.status}.")
    reader.left_at = time.time()


def _open(stack: Stack, entry: Entry) -> Received:
    return Received(eml(stack.inbox, entry.seq).read_bytes())


def _title(source: str) -> str:
    return next((line[2:].strip() for line in source.splitlines() if line.startswith("# ")), "")


def _silent(_line: str) -> None:
    """What the programs say is in their logs; the journey prints its own lines only."""


@contextlib.contextmanager
def _logs_kept_on_failure(folder: Path) -> Iterator[None]:
    try:
        yield
    except (DemoError, UnreachableError) as error:
        kept = PROJECT / "var" / "journey" / "log"
        with contextlib.suppress(OSError):
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder / "log", kept)
            raise DemoError(f"{error} The logs are in {kept}.") from error
        raise


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m service.local.journey", description=__doc__)
    parser.add_argument("--week-seconds", type=float, default=4.0)
    parser.add_argument("--programme", default="after-leaving")
    wish = parser.parse_args(arguments)
    return run_journey(week_seconds=wish.week_seconds, programme=wish.programme)


if __name__ == "__main__":
    sys.exit(main())
