"""The list of every message that the local inbox took; refuses to forget a message it answered for."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

LEDGER = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that was taken; `at` is in real Unix seconds."""

    seq: int
    message_id: str
    mail_from: str
    rcpt: str
    at: float
    bytes: int


class Ledger:
    """The writing side: one process writes, any number read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = folder / LEDGER
        _drop_torn_line(self._file)
        self._last = max((entry.seq for entry in entries(folder)), default=0)

    def take(self, content: bytes, mail_from: str, rcpt: str, at: float) -> Entry:
        """Returns only when message and line are on the disk."""
        seq = self._last + 1
        entry = Entry(seq, _message_id(content), mail_from, rcpt, at, len(content))
        try:
            _write_through(eml(self._folder, seq), content, "wb")
            _write_through(self._file, (json.dumps(asdict(entry)) + "\n").encode(), "ab")
            _sync_folder(self._folder)
        except OSError:  # a full disk, say: half a line must not spoil the next one
            _drop_torn_line(self._file)
            raise
        self._last = seq
        return entry


def eml(folder: Path, seq: int) -> Path:
    """Where a message lies."""
    return folder / f"{seq}.eml"


def entries(folder: Path) -> Iterator[Entry]:
    """Every whole line, in the order of arrival. A line that cannot be read is passed over."""
    file = folder / LEDGER
    if not file.exists():
        return
    whole, _newline, _torn = file.read_bytes().rpartition(b"\n")
    for line in whole.splitlines():
        try:
            yield Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue


def _message_id(content: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(content).get("Message-ID", "")).strip()


def _write_through(path: Path, content: bytes, mode: str) -> None:
    with path.open(mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop_torn_line(file: Path) -> None:
    """A process stopped while writing leaves half a line; nobody was told 250 for it."""
    if file.exists():
        whole, newline, torn = file.read_bytes().rpartition(b"\n")
        if torn:
            os.truncate(file, len(whole) + len(newline))
