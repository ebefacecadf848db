"""Starts programs in order and stops them in the opposite one; refuses to leave any of them behind."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import BinaryIO, Self

WORTH_SEEING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|^Traceback|^\w*(Error|Exception)\b")
_TICK = 0.05
_LAST_LINES = 12
_LOG_LIMIT = 5_000_000
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec there must be nothing to import.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class DemoError(Exception):
    """Something a person must be told; its text is the sentence."""


class StopAsked(Exception):  # noqa: N818  # a wish, not an error
    """Ctrl-C or SIGTERM arrived."""


class ProgramDiedError(DemoError):
    """A program ended that should not have; `last_lines` is what it said last."""

    def __init__(self, sentence: str, last_lines: Sequence[str]) -> None:
        super().__init__(sentence)
        self.last_lines = tuple(last_lines)


@dataclass(frozen=True, slots=True)
class Program:
    """What to start. `seen` picks the lines of its output that a person should see at once; None shows none.

    `sockets` are open ones of the runner that the program gets too, under their numbers.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    patience: float = 10.0
    sockets: tuple[int, ...] = ()
    seen: re.Pattern[str] | None = WORTH_SEEING


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    log: "_Log"


class _Log:
    """A program writes into its log file itself, so that a slow terminal never holds it up; here the file is followed."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.log"
        if self._path.exists() and self._path.stat().st_size > _LOG_LIMIT:
            self._path.replace(self._path.with_suffix(".old.log"))
        self._start = self._path.stat().st_size if self._path.exists() else 0
        self._read_to = self._start

    def open(self) -> BinaryIO:
        return self._path.open("ab")

    def new_lines(self) -> list[str]:
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            whole, newline, _rest = file.read().rpartition(b"\n")
        self._read_to += len(whole) + len(newline)
        return _readable(whole)

    def last_lines(self) -> list[str]:
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._start, size - 20_000))
            return _readable(file.read())[-_LAST_LINES:]


def say(text: str) -> None:
    """Prints a line. A terminal that is gone is no reason to leave programs behind."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


@dataclass(slots=True)
class Runner:
    """Holds the running programs. Leaving its `with` block, however that happens, stops them all, the last one first."""

    log_folder: Path
    tell: Callable[[str], None] = say
    _running: list[_Running] = field(default_factory=list)
    _asked: int = 0
    _stopping: bool = False
    _before: dict[int, object] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave us

    def run(self, program: Program, seconds: float) -> None:
        """Runs a short program to its end and raises when it fails."""
        running = self._launch(program)
        deadline = time.monotonic() + seconds
        while running.process.poll() is None:
            if time.monotonic() > deadline:
                raise DemoError(f"“{program.name}” did not finish within {seconds:g} seconds.")
            self._rest(_TICK)
        self._running.remove(running)
        _kill_group(running.process)
        if running.process.returncode != 0:
            raise _died(running, f"“{program.name}” failed")
        self._show(running)

    def start(self, program: Program) -> None:
        """Starts a program that is to stay."""
        self._launch(program)

    def until(self, ready: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Waits until something is so; raises `otherwise` as a sentence when it takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise DemoError(otherwise)
            self.pause(_TICK)

    def pause(self, seconds: float) -> None:
        """Waits while watching: raises when a program has died or somebody wants to stop."""
        deadline = time.monotonic() + seconds
        while True:
            for running in self._running:
                self._show(running)
                if running.process.poll() is not None:
                    raise _died(running, f"“{running.program.name}” stopped unexpectedly")
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._rest(min(left, _TICK))

    def watch(self, each_second: Callable[[], None]) -> None:
        """Waits for ever; only an exception ends it."""
        while True:
            each_second()
            self.pause(1.0)

    def stop(self) -> None:
        """Stops what runs, the last one first: SIGTERM, and SIGKILL for what does not listen."""
        self._stopping = True
        if self._running:
            self.tell(f"Stopping {', '.join(running.program.name for running in reversed(self._running))}.")
        self._end_all_but(0)

    def stop_from(self, name: str) -> None:
        """Stops a program and what was started after it, the last one first; the older ones go on."""
        self._end_all_but([running.program.name for running in self._running].index(name))

    def _launch(self, program: Program) -> _Running:
        log = _Log(self.log_folder, program.name)
        try:
            with log.open() as output:
                process = subprocess.Popen(
                    program.argv,
                    cwd=program.folder,
                    env=dict(program.env),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=program.sockets,
                    preexec_fn=_leash(os.getpid()),
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise DemoError(f"“{program.name}” could not be started: {error}.") from error
        running = _Running(program, process, log)
        self._running.append(running)
        return running

    def _end_all_but(self, count: int) -> None:
        asked_before = self._asked
        while len(self._running) > count:
            self._end(self._running[-1], asked_before)
            self._running.pop()

    def _end(self, running: _Running, asked_before: int) -> None:
        process = running.process
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        deadline = time.monotonic() + running.program.patience
        while process.poll() is None:
            if self._asked > max(asked_before, 1):
                break
            if time.monotonic() > deadline:
                self.tell(f"{running.program.name}: did not stop within {running.program.patience:g} seconds and was ended.")
                break
            time.sleep(_TICK)
        _kill_group(process)
        process.wait()
        self._show(running)

    def _show(self, running: _Running) -> None:
        seen = running.program.seen
        for line in running.log.new_lines():
            if seen is not None and seen.search(line):
                self.tell(f"{running.program.name}: {line}")

    def _rest(self, seconds: float) -> None:
        if self._asked:
            raise StopAsked
        time.sleep(seconds)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._stopping and self._asked > 1:
            self.tell("Stopping at once.")


def _leash(parent: int) -> Callable[[], None] | None:
    """On Linux the kernel ends a program when the runner is gone, even after kill -9.

    This runs between fork and exec, which is safe because the runner has no threads.
    """
    libc = _LIBC
    if libc is None:
        return None

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends the program and every child that it left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _died(running: _Running, what: str) -> ProgramDiedError:
    code = running.process.returncode
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return ProgramDiedError(f"{what} ({how}).", running.log.last_lines())


def _readable(output: bytes) -> list[str]:
    """The lines of an output without anything that could move a terminal's cursor."""
    lines = output.decode("utf-8", "replace").splitlines()
    return [text for line in lines if (text := "".join(c for c in line if c.isprintable()).rstrip()[:400])]
