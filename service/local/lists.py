"""Takes lists in and writes them out at a terminal, with a bar to look at; refuses to write over a file that is there."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from service.actions import audit, imports, lists
from service.bootstrap import Service
from service.domain.imports.columns import IN_WORDS, NAMES
from service.domain.imports.files import LARGEST, SEPARATORS, File, ListError
from service.domain.imports.reading import Reading
from service.domain.imports.rules import CHUNK, DONE_IN_WORDS, Choices, Done, Row
from service.store import sequences
from service.store.audit import Entry

OPERATOR: Final = "mendletter subscribers"
_ROWS_SHOWN: Final = 20


def read(service: Service, paths: Sequence[Path], *, day_first: bool | None) -> Reading:
    """Understand files, and say how. Raises ListError with a sentence for what is no list."""
    for path in paths:
        if path.stat().st_size > LARGEST:
            raise ListError(f"{path.name} is larger than {LARGEST // 1_000_000} MB. Please bring it in several files.")
    files = [File(path.name, path.read_bytes()) for path in paths]
    reading = imports.read(files, wall=service.wall(), day_first=day_first)
    _tell(reading)
    return reading


def _tell(reading: Reading) -> None:
    for table in reading.tables:
        click.echo(f"{table.file}: {table.rows} rows, {NAMES[table.source]}, {table.encoding}, {SEPARATORS[table.separator]}")
        for header, field in table.columns:
            click.echo(f"  {header or 'the first column'}: {IN_WORDS[field]}")
        if table.dropped:
            click.echo(f"  not kept: {', '.join(table.dropped)}")
    for name in reading.ignored:
        click.echo(f"{name}: not read")
    for note in reading.notes:
        click.echo(note)


def tell_forecast(service: Service, reading: Reading, choices: Choices, *, every: bool) -> None:
    """Say what would follow of each row, as things stand: `every` row that changes nothing, or the first of them."""
    with service.read() as session:
        ends = imports.forecast(session, reading.rows, choices, keys=service.keys, wall=service.wall())
    _tell_counts({end: len(rows) for end, rows in ends.items()})
    left = sorted(ends.get(Done.LEFT_OUT, []), key=lambda row: row.number)
    shown = left if every else left[:_ROWS_SHOWN]
    for row in shown:
        click.echo(f"  {row.file}, row {row.row}: {_why(row)}")
    if len(shown) < len(left):
        click.echo(f"  and {len(left) - len(shown)} more; --dry-run lists them all")


def _why(row: Row) -> str:
    return row.sentence or "They are left out."


def _tell_counts(counts: dict[Done, int]) -> None:
    for end in Done:
        if counts.get(end):
            click.echo(f"{counts[end]:8} {DONE_IN_WORDS[end]}")


def check_open(service: Service, programme: str) -> None:
    """Raise ListError where one cannot sign up for a programme."""
    with service.read() as session:
        there = [row.slug for row in sequences.open_programmes(session)]
    if programme not in there:
        raise ListError(f"There is no open programme {programme}. There are: {', '.join(there) or 'none yet'}.")


def take_in(service: Service, reading: Reading, choices: Choices, *, name: str) -> None:
    """Take a list in, to its end. Broken off, it goes on by the clock, or with the same command. Raises ListError."""
    wall = service.wall()
    organisation = service.site.organisation or service.site.name
    with service.write() as session:
        kept = imports.keep(session, reading, name=name, admin_id=0, by=OPERATOR, wall=wall)
        import_id = imports.begin(session, kept, choices, organisation=organisation, wall=wall)
        if import_id is None:
            raise ListError(f"There is no open programme {choices.programme}.")
        if import_id == kept:
            entry = Entry(None, OPERATOR, "operator", "", "import begun", f"import:{kept}", {"rows": len(reading.rows)})
            audit.note(session, entry, wall=wall)
    if import_id != kept:
        click.echo(f"This list was brought before, as import {import_id}, with the same choices.")
    _work(service, import_id)


def _work(service: Service, import_id: int) -> None:
    with service.read() as session:
        found = imports.progress(session, import_id)
    if found is None:
        return
    with click.progressbar(length=found.rows, label="Taking in") as bar:
        bar.update(found.next_row - 1)
        more = True
        while more:
            with service.write() as session:
                more = imports.step(session, import_id, keys=service.keys, now=service.now(), wall=service.wall())
            bar.update(CHUNK if more else 0)
        bar.update(max(0, found.rows - bar.pos))
    with service.read() as session:
        found = imports.progress(session, import_id) or found
    click.echo(f"Import {import_id} is {found.stage}.")
    _tell_counts(dict(found.done))


def write_readers(service: Service, path: Path) -> int:
    """Write all readers to a new file that only its owner can open. Returns how many. Raises ListError if it is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ListError(f"{path} cannot be written: {error.strerror}. An export goes to a new file.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file, service.read() as session:
        count = sum(bool(file.write(line)) for line in lists.readers(session)) - 1  # the header is no reader
    with service.write() as session:
        entry = Entry(None, OPERATOR, "operator", "", "readers exported", "readers", {"rows": count})
        audit.note(session, entry, wall=service.wall())
    return count
