"""Puts the demo's programs together, in order; refuses to let a setting of the terminal it runs in slip through."""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from service.local import valkey
from service.local.ports import HOST, accepts
from service.local.processes import WORTH_SEEING, Program, Runner
from service.local.visitor import UnreachableError, get

PROJECT: Final = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_MAIL_SEEN = re.compile(r"^mail \d|\b(WARNING|ERROR)\b|^Traceback")
_UP = 60.0
_ONE_LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything is: folder, ports, socket, calendar, and settings beyond the usual ones.

    `door` is the number of an open socket on which the web pages listen, `smtp_door` that of the inbox; without one a
    program opens its port itself.
    """

    folder: Path
    port: int
    smtp_port: int
    socket: Path
    clock: str
    more: Mapping[str, str] = field(default_factory=dict)
    door: int | None = None
    smtp_door: int | None = None

    @property
    def base_url(self) -> str:
        """The address of the web pages."""
        return f"http://{HOST}:{self.port}"

    @property
    def inbox(self) -> Path:
        """Where the mail ends up."""
        return self.folder / "inbox"

    @property
    def database(self) -> Path:
        """The file that everything is kept in."""
        return self.folder / "mendletter.db"

    def environment(self) -> dict[str, str]:
        """What the programs get to know, and nothing else."""
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return passed_on | {
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REDIS_URL": f"unix://{quote(str(self.socket))}",
            "SMTP_URL": f"smtp://{HOST}:{self.smtp_port}",
            "SECRET_KEY": secret(self.folder / "secret"),
            "BASE_URL": self.base_url,
            "MAIL_FROM": "notes@example.org",
            "POSTAL_ADDRESS": "A demo on this computer",
            "INBOX_FOLDER": str(self.inbox),
            # One person tries things out here, and would soon be more than a network may be.
            "RATE_LIMITS": "off",
            "CLOCK": self.clock,
            **self.more,
        }

    def start(self, runner: Runner) -> None:
        """Prepares the data, starts the servers and then the service, and waits until all of them answer."""
        for folder in (self.folder, self.inbox):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        runner.run(self._python("database", "service.cli", "db", "upgrade"), 120)
        runner.run(self._python("programmes", "service.cli", "programmes", "load"), 120)
        runner.start(self._program("valkey", valkey.server_command(self.folder, self.socket), seen=None))
        inbox = ("service.local.smtp_inbox", "--port", str(self.smtp_port), "--folder", str(self.inbox))
        door = () if self.smtp_door is None else ("--door", str(self.smtp_door))
        runner.start(_with_socket(self._python("inbox", *inbox, *door, seen=_MAIL_SEEN), self.smtp_door))
        runner.start(self._web())
        # Before the worker, which would put its mail off for half an hour.
        runner.until(lambda: accepts(self.smtp_port), _UP, "The SMTP inbox did not answer; its log is inbox.log.")
        runner.until(lambda: valkey.answers(self.socket), _UP, "Valkey did not answer; its log is valkey.log.")
        self._start_clock_and_worker(runner)

    def again(self, runner: Runner, clock: str) -> "Stack":
        """Starts web pages, clock and worker anew on another calendar; the servers, and callers of the pages, wait for them."""
        new = replace(self, clock=clock)
        runner.start(new._web())
        new._start_clock_and_worker(runner)
        return new

    def _start_clock_and_worker(self, runner: Runner) -> None:
        runner.start(self._python("clock", "worker", "clock"))
        runner.start(self._python("worker", "worker", "send"))
        runner.until(self._is_alive, _UP, "The web pages did not answer; their log is web.log.")

    def _is_alive(self) -> bool:
        try:
            return get(f"{self.base_url}/healthz", patience=_ONE_LOOK).status == 200
        except UnreachableError:
            return False

    def _web(self) -> Program:
        where = f"{HOST}:{self.port}" if self.door is None else f"fd://{self.door}"
        how = ("--bind", where, "--workers", "1", "--worker-class", "gthread", "--threads", "4")
        stop = ("--no-control-socket", "--graceful-timeout", "5")
        web = self._python("web", "gunicorn", *how, *stop, "service.app:create_app()")
        return _with_socket(web, self.door)

    def _python(self, name: str, module: str, *arguments: str, seen: re.Pattern[str] | None = WORTH_SEEING) -> Program:
        return self._program(name, [sys.executable, "-m", module, *arguments], seen=seen)

    def _program(self, name: str, argv: list[str], *, seen: re.Pattern[str] | None) -> Program:
        return Program(name, argv, self.environment(), PROJECT, seen=seen)


def _with_socket(program: Program, number: int | None) -> Program:
    return program if number is None else replace(program, sockets=(number,))


def secret(file: Path) -> str:
    """The key of this folder's demo, made once, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        new = file.with_name(f"{file.name}.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as handle:
            handle.write(secrets.token_urlsafe(48))
        new.replace(file)
    return file.read_text(encoding="ascii").strip()
