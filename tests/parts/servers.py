"""Starts the real servers of tests, each in a folder of its own, and stops them again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from service.local import valkey

PROJECT = Path(__file__).resolve().parents[2]


def until(what: str, look: Callable[[], Any], seconds: float = 30.0, pause: float = 0.05) -> Any:  # noqa: ANN401  whatever is seen
    """Wait for something to be true; gives what was seen, or fails with the name of what was waited for."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < end, f"waited {seconds} s in vain for: {what}"
        time.sleep(pause)
    return seen


def start(*command: str, env: dict[str, str] | None = None, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own."""
    with (log or Path(os.devnull)).open("ab") as out:
        return subprocess.Popen(
            command, env=env, cwd=PROJECT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )


def stop(process: subprocess.Popen[bytes], seconds: float = 15.0) -> int:
    """Ask a program to end, and see to it that it does."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            raise
    return process.returncode


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9, and everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@dataclass
class Redis:
    """A Valkey server that can be killed and started again."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def flush(self) -> None:
        """FLUSHALL."""
        client = redis.Redis.from_url(self.url)
        client.flushall()
        client.close()

    def kill(self) -> None:
        """kill -9."""
        kill(self.process)

    def start(self) -> None:
        """Start again, empty."""
        self.process = start(*valkey.server_command(self.folder, self.socket))
        until("Valkey", lambda: valkey.answers(self.socket))


@contextlib.contextmanager
def redis_server() -> Iterator[Redis]:
    """A real Redis or Valkey on a socket."""
    with tempfile.TemporaryDirectory(prefix="vk", dir="/tmp") as name:  # a socket path must be short
        folder = Path(name)
        server = Redis(folder, start(*valkey.server_command(folder, folder / "s")))
        try:
            until("Valkey", lambda: valkey.answers(server.socket))
            yield server
        finally:
            kill(server.process)


@dataclass
class Witness:
    """The SMTP server's side of the story."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def received(self) -> list[dict[str, Any]]:
        """What the server took responsibility for, in order."""
        ledger = self.folder / "ledger.jsonl"
        lines = ledger.read_bytes().split(b"\n")[:-1] if ledger.exists() else []
        return [json.loads(line) for line in lines]

    def raw(self, seq: int) -> bytes:
        """A message as it came over the wire, dots unstuffed."""
        return (self.folder / f"{seq:06}.eml").read_bytes()

    def commands(self) -> list[str]:
        """All MAIL and RCPT lines as they were said."""
        log = self.folder / "commands.log"
        return log.read_text().splitlines() if log.exists() else []

    def greet_with(self, line: str | None) -> None:
        """Answer every new connection with this line and close; None ends that."""
        wish = self.folder / "greet-with"
        wish.unlink(missing_ok=True)
        if line is not None:
            wish.write_text(line)


@contextlib.contextmanager
def smtp_witness(folder: Path, delay: float = 0.0) -> Iterator[Witness]:
    """A real SMTP server that keeps a ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    program = str(Path(__file__).with_name("smtp_witness.py"))
    process = start(sys.executable, program, "--folder", str(folder), "--delay", str(delay), log=folder / "log")
    try:
        until("the SMTP witness", (folder / "port").exists)
        yield Witness(folder, process, int((folder / "port").read_text()))
    finally:
        kill(process)
