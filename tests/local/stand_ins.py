"""Real processes for these tests to start, signal and kill."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.local.ports import accepts, unused_ports
from service.local.stack import PROJECT


@dataclass
class SmtpInbox:
    """The real inbox process."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def wait_until(ready: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def start_inbox(folder: Path) -> SmtpInbox:
    (port,) = unused_ports(1)
    command = [sys.executable, "-m", "service.local.smtp_inbox", "--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    wait_until(lambda: accepts(port))
    return SmtpInbox(folder, port, process)


@dataclass
class Script:
    """A runner in a process of its own, so that it can be signalled and killed; `folder` holds its children's traces."""

    folder: Path
    process: subprocess.Popen[str]

    def pid_of(self, name: str) -> int:
        file = self.folder / f"{name}.pid"
        wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
        return int(file.read_text())

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        output, _nothing = self.process.communicate(timeout=30)
        return self.process.returncode, output

    def stops(self) -> list[str]:
        file = self.folder / "stops"
        return file.read_text().split() if file.exists() else []


def lives(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def processes_in(folder: Path) -> list[int]:
    """Every process that works in the folder or below it, or in a stand-in project there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and lives(int(entry.name)):
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink().is_relative_to(folder) or str(folder).encode() in (
                    entry / "cmdline"
                ).read_bytes():
                    found.append(int(entry.name))
    return found


PREAMBLE = """
import sys
from pathlib import Path
from service.local.processes import *
FOLDER = Path(sys.argv[1])
STAND_IN = FOLDER / "stand_in.py"
def program(name, *how, patience=10.0):
    return Program(name, [sys.executable, str(STAND_IN), str(FOLDER), name, *how], {"PYTHONUNBUFFERED": "1"}, FOLDER, patience)
"""

# Writes its pid, writes its name when it gets SIGTERM, and misbehaves as it is told.
STAND_IN = """
import os, signal, subprocess, sys, time
from pathlib import Path
folder, name, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
def stop(*_):
    if "deaf" in how:
        return
    with open(folder / "stops", "a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if "parent" in how:
    child = subprocess.Popen([sys.executable, __file__, str(folder), name + "-child", "deaf"])
(folder / (name + ".pid")).write_text(f"{os.getpid()}\\n")
print("hello from", name)
if "dies" in how:
    print("ERROR: the engine is cold")
    sys.exit(3)
if "loud" in how:
    for number in range(20000):
        print("line", number, "x" * 100)
while True:
    time.sleep(0.1)
"""
