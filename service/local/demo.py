"""Shows the whole service on one computer (`make demo`); refuses to run twice in one folder."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from service.local import next_letter
from service.local.calendar import Calendar, kept_calendar, length_of_a_week, seconds_per_week
from service.local.mover import Mover
from service.local.ports import Door, open_door, taken_sentence
from service.local.processes import DemoError, ProgramDiedError, Runner, StopAsked, say
from service.local.stack import PROJECT, Stack
from service.local.valkey import socket_path

_SMTP_PORT = 1025


def run_demo(folder: Path, *, port: int, week: str | None) -> int:
    """Runs until Ctrl-C (0) or until something breaks (1)."""
    folder = folder.resolve()
    try:
        week_seconds = seconds_per_week(week)
        with (
            _door("the web page", port) as web,
            _door("the SMTP inbox", _SMTP_PORT) as smtp,
            _alone(folder, f"http://127.0.0.1:{web.port}/"),
            socket_path(folder) as socket,
            kept_calendar(folder / "calendar", week_seconds) as calendar,
            Runner(folder / "log") as runner,
        ):
            clock = calendar.clock
            stack = Stack(folder, web.port, smtp.port, socket, clock, door=web.number, smtp_door=smtp.number)
            code = _live(runner, stack, calendar)
    except DemoError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"The demo cannot use the folder {folder}: {error}.")
        return 1
    if code == 0:
        say("Everything is stopped. The next start goes on where this one ended.")
    return code


def _live(runner: Runner, stack: Stack, calendar: Calendar) -> int:
    """Everything that happens while programs run; says what went wrong before the others are stopped."""
    try:
        next_letter.forget(stack.folder)
        say("Preparing the database and the programmes, and starting. This takes a few seconds.")
        stack.start(runner)
        for line in _welcome(stack, calendar):
            say(line)
        runner.watch(Mover(runner, stack, calendar).look)
    except StopAsked:
        say("")
        return 0
    except ProgramDiedError as error:
        say(f"{error} It said last:")
        for line in error.last_lines or ["(nothing)"]:
            say(f"    {line}")
        say(f"All of it is in {stack.folder / 'log'}.")
    except DemoError as error:
        say(f"{error} Logs are in {stack.folder / 'log'}.")
    return 1


def _welcome(stack: Stack, calendar: Calendar) -> list[str]:
    path = _path_to_the_desk(stack)
    desk = [
        f"  Desk          {stack.base_url}/admin/, as its owner by this link, until the next start:",
        f"                {stack.base_url}{path}",
    ]
    today = calendar.now(time.time())
    return [
        "",
        "Mendletter is running.",
        f"  Sign-up page  {stack.base_url}/",
        f"  Inbox         {stack.base_url}/inbox/",
        *(desk if path else []),
        "",
        f"In this demo a week takes {length_of_a_week(calendar.week_seconds)}; "
        f"its calendar says {today:%A} {today.day} {today:%B %Y}. Choose with WEEK=10s, WEEK=1h or WEEK=real.",
        f"“{next_letter.BUTTON}” in the inbox moves the calendar to the next letter, so that it comes at once.",
        f"Data and calendar are kept in {stack.folder}; delete that folder to start afresh.",
        "Ctrl-C stops everything.",
        "",
    ]


def _path_to_the_desk(stack: Stack) -> str:
    """A fresh link, without its site; empty where none can be made. What it says goes to no log."""
    command = (sys.executable, "-m", "service.local.desk_link", str(stack.database))
    try:
        done = subprocess.run(
            command, cwd=PROJECT, env=stack.environment(), capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@contextlib.contextmanager
def _door(what: str, preferred: int) -> Iterator[Door]:
    with open_door(preferred) as door:
        if door.elsewhere:
            say(taken_sentence(what, preferred, door.port))
        yield door


@contextlib.contextmanager
def _alone(folder: Path, address: str) -> Iterator[None]:
    """Two demos over one database and one socket would end each other; the lock goes with its process, whatever ends it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise DemoError(f"A demo is already running in {folder}: {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


if __name__ == "__main__":
    sys.exit(run_demo(PROJECT / "var" / "demo", port=int(os.environ.get("PORT") or 8000), week=os.environ.get("WEEK")))
