"""A whole list as it was understood, shown for a person's yes; refuses to hold a row that it could not explain."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Final

from service.domain import addresses
from service.domain.imports import values
from service.domain.imports.columns import NAMES, Field, Source, columns_of, dropped, source_of
from service.domain.imports.files import MOST_ROWS, File, ListError, Sheet, TooManyRowsError, sheet, unpacked
from service.domain.imports.rules import Facts, Row, What, Why
from service.domain.imports.values import DateOrder, Standing

SAMPLE: Final = 5
"""How many rows are shown, masked, when a list has been read."""

CleanAddress = Callable[[str], str]
"""An address as the post takes it. Raises ValueError with a sentence for one that it cannot take."""

_WRAPPED: Final = re.compile(r"(?:mailto:|[^<>]*<)(?P<address>[^<>]+)>?", re.IGNORECASE)
_OF_FILE: Final = (
    (re.compile(r"^nonsubscribed", re.IGNORECASE), Standing.NEVER_ASKED),
    (re.compile(r"^unsubscribed", re.IGNORECASE), Standing.LEFT),
    (re.compile(r"^cleaned", re.IGNORECASE), Standing.BOUNCED),
)
"""How everybody in a file of Mailchimp's stands, by its name."""

_OF_SERVICE: Final[dict[tuple[Source, str], Standing]] = {
    (Source.KIT, "inactive"): Standing.UNCONFIRMED,
    (Source.BEEHIIV, "inactive"): Standing.LEFT,
}
"""Words that mean something else at one service than everywhere."""

_SAID: Final[dict[Standing, tuple[What, Why]]] = {
    Standing.LEFT: (What.SUPPRESS, Why.LEFT),
    Standing.BOUNCED: (What.SUPPRESS, Why.BOUNCED),
    Standing.COMPLAINED: (What.SUPPRESS, Why.COMPLAINED),
    Standing.BLOCKED: (What.SUPPRESS, Why.BLOCKED),
    Standing.UNCONFIRMED: (What.LEAVE, Why.UNCONFIRMED),
    Standing.NEVER_ASKED: (What.LEAVE, Why.NEVER_ASKED),
    Standing.OFF: (What.LEAVE, Why.OFF),
    Standing.UNKNOWN: (What.LEAVE, Why.UNKNOWN_STATUS),
    Standing.UNSAID: (What.ASK, Why.NO_STATUS),
}


@dataclass(frozen=True, slots=True)
class Table:
    """How one file was understood: its encoding and separator, where it comes from, and which header is what."""

    file: str
    encoding: str
    separator: str
    has_header: bool
    source: Source
    columns: tuple[tuple[str, Field], ...]
    dropped: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as it may be shown: its address masked."""

    row: Row
    masked: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was understood. Nothing has been done with it yet."""

    sha256: str
    source: Source
    tables: tuple[Table, ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[What, int]:
        """How many rows are to be what."""
        return dict(Counter(row.what for row in self.rows))

    @property
    def reasons(self) -> dict[Why, int]:
        """How many rows are left out or suppressed, and why, the commonest first."""
        return dict(Counter(row.why for row in self.rows if row.why).most_common())

    @property
    def samples(self) -> list[Sample]:
        """Some rows to look at, of every kind that there is, in the order of the list."""
        first = {row.what: row for row in reversed(self.rows) if row.address}
        others = (row for row in self.rows if row.address and row not in first.values())
        chosen = [*first.values(), *others][:SAMPLE] if len(first) < SAMPLE else list(first.values())
        return [Sample(row, addresses.masked(row.address)) for row in sorted(chosen, key=lambda row: row.number)]


def read(
    files: Iterable[File],
    *,
    clean: CleanAddress,
    wall: datetime,
    said: Mapping[str, Field | None] | None = None,
    day_first: bool | None = None,
) -> Reading:
    """Understand a list: CSV files, or a zip file of them. Raises ListError with a sentence for what is none.

    `said` is what a person says of columns by their headers, and `day_first` of dates like 03/04/2025; both win over what is
    found. `wall` is the present: a consent cannot lie ahead of it.
    """
    brought = list(files)
    unpacking = [unpacked(file) for file in brought]
    sheets = [sheet(file) for found, _ in unpacking for file in found if file.data.strip()]
    if sum(len(each.records) for each in sheets) > MOST_ROWS:
        raise TooManyRowsError
    tables = [_Understood.of(each, said or {}, day_first) for each in sheets]
    usable = [table for table in tables if Field.ADDRESS in table.columns]
    if not usable:
        raise ListError("No column with e-mail addresses was found. A list has one address in each row.")
    numbers = count(1)
    rows = [row for table in usable for row in table.rows(numbers, clean, wall)]
    ignored = [name for _, names in unpacking for name in names]
    ignored += [table.sheet.file for table in tables if Field.ADDRESS not in table.columns]
    return Reading(
        sha256=_fingerprint(brought),
        source=usable[0].source,
        tables=tuple(table.shown() for table in usable),
        ignored=tuple(ignored),
        notes=tuple(_notes(usable)),
        rows=tuple(_once_each(rows)),
    )


def _fingerprint(files: Sequence[File]) -> str:
    each = sorted(hashlib.sha256(file.data).hexdigest() for file in files)
    return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Understood:
    """One sheet, with what is known of its columns."""

    sheet: Sheet
    source: Source
    columns: dict[Field, int]
    orders: dict[Field, DateOrder | None]
    of_file: Standing | None

    @classmethod
    def of(cls, sheet: Sheet, said: Mapping[str, Field | None], day_first: bool | None) -> "_Understood":
        source = source_of(sheet)
        columns = columns_of(sheet, source, said)
        orders: dict[Field, DateOrder | None] = {}
        orders |= {field: _order(sheet, place, day_first) for field, place in columns.items() if field in _TIMES}
        of_file = next((standing for pattern, standing in _OF_FILE if pattern.match(sheet.file)), None)
        return cls(sheet, source, columns, orders, of_file if source is Source.MAILCHIMP else None)

    def shown(self) -> Table:
        """How this file was understood."""
        header = self.sheet.header
        columns = [(header[place] if place < len(header) else "", field) for field, place in self.columns.items()]
        left = tuple(dropped(self.sheet, self.columns.values()))
        about = (self.sheet.file, self.sheet.encoding, self.sheet.separator, bool(header), self.source)
        return Table(*about, tuple(columns), left, len(self.sheet.records))

    def rows(self, numbers: Iterator[int], clean: CleanAddress, wall: datetime) -> Iterator[Row]:
        """Every row, with the next of the numbers that run over the whole list."""
        for record in self.sheet.records:
            yield self._row(next(numbers), record.row, record.cells, clean, wall)

    def _row(self, number: int, row: int, cells: Sequence[str], clean: CleanAddress, wall: datetime) -> Row:
        typed, here = self._cell(cells, Field.ADDRESS), (number, self.sheet.file, row)
        if not typed:
            return Row(*here, What.LEAVE, Why.NO_ADDRESS)
        try:
            address = clean(_bare(typed))
        except ValueError as error:
            return Row(*here, What.LEAVE, Why.BAD_ADDRESS, detail=str(error))
        facts = self._facts(cells, wall)
        what, why = self._outcome(cells, address, facts)
        return Row(*here, what, why, address, facts if what in (What.ADD, What.ASK) else Facts())

    def _outcome(self, cells: Sequence[str], address: str, facts: Facts) -> tuple[What, Why | None]:
        standing = self._standing(cells)
        if standing in _SAID:
            what, why = _SAID[standing]
            if what is not What.ASK or not addresses.is_role(address):
                return what, why
        if addresses.is_role(address):
            return What.LEAVE, Why.ROLE
        return (What.ADD, None) if facts.consent_at else (What.ASK, Why.NO_PROOF)

    def _standing(self, cells: Sequence[str]) -> Standing:
        """The gravest that a row says: a complaint counts more than a bounce, and that more than leaving."""
        said = [self.of_file] if self.of_file else []
        said += [standing for field, standing in _MARKS.items() if values.says_so(self._cell(cells, field))]
        if Field.REASON in self.columns and re.search("abuse|complain", self._cell(cells, Field.REASON), re.IGNORECASE):
            said.append(Standing.COMPLAINED)
        if Field.STATUS in self.columns:
            said.append(self._status(self._cell(cells, Field.STATUS)))
        if Field.SUBSCRIBED in self.columns:
            said.append(_subscribed(self._cell(cells, Field.SUBSCRIBED)))
        return min(said, key=_GRAVEST.index, default=Standing.ACTIVE)

    def _status(self, cell: str) -> Standing:
        return _OF_SERVICE.get((self.source, values.plain_word(cell)), values.standing(cell))

    def _facts(self, cells: Sequence[str], wall: datetime) -> Facts:
        consent, confirmed, joined = (
            values.moment(self._cell(cells, field), self.orders.get(field), wall=wall) for field in _TIMES
        )
        if self.source is Source.MAILCHIMP and consent is None:
            # Mailchimp writes a time of confirming, and a network, also for people whom an admin added.
            confirmed, joined = None, confirmed
        if self.source is Source.LISTMONK:
            joined = None  # its export does not say who left a list, so having been there once says nothing
        proven = consent or confirmed
        return Facts(
            consent_at=proven,
            confirmed_at=confirmed or consent,
            joined_at=None if proven else joined,
            ip=self._network(cells, Field.CONSENT_IP) if proven else "",
            confirm_ip=self._network(cells, Field.CONFIRM_IP) if proven else "",
            language=values.language(self._cell(cells, Field.LANGUAGE)),
            country=values.country(self._cell(cells, Field.COUNTRY)),
            zone=values.zone(self._cell(cells, Field.ZONE)),
        )

    def _network(self, cells: Sequence[str], field: Field) -> str:
        typed = self._cell(cells, field)
        return addresses.truncated_ip(typed) if typed else ""

    def _cell(self, cells: Sequence[str], field: Field) -> str:
        place = self.columns.get(field)
        return cells[place] if place is not None and place < len(cells) else ""


_TIMES: Final = (Field.CONSENT, Field.CONFIRMED, Field.JOINED)
_MARKS: Final = {
    Field.LEFT: Standing.LEFT,
    Field.BOUNCED: Standing.BOUNCED,
    Field.COMPLAINED: Standing.COMPLAINED,
    Field.BLOCKED: Standing.BLOCKED,
    Field.DELETED: Standing.OFF,
}
_GRAVEST: Final = (
    Standing.COMPLAINED,
    Standing.BLOCKED,
    Standing.BOUNCED,
    Standing.LEFT,
    Standing.OFF,
    Standing.NEVER_ASKED,
    Standing.UNCONFIRMED,
    Standing.UNKNOWN,
    Standing.UNSAID,
    Standing.ACTIVE,
)


def _subscribed(cell: str) -> Standing:
    said = values.yes(cell)
    if said is None:
        return Standing.UNKNOWN if cell else Standing.UNSAID
    return Standing.ACTIVE if said else Standing.LEFT


def _order(sheet: Sheet, place: int, day_first: bool | None) -> DateOrder | None:
    found = DateOrder.of(record.cells[place] for record in sheet.records if place < len(record.cells))
    return DateOrder(day_first) if found and day_first is not None else found


def _bare(cell: str) -> str:
    found = _WRAPPED.fullmatch(cell)
    return (found["address"] if found else cell).strip()


def _once_each(rows: Sequence[Row]) -> Iterator[Row]:
    """Of rows with the same address the one that counts, the others left out.

    Whoever is to be suppressed once is suppressed, though another row says otherwise; and proof counts more than none.
    """
    best: dict[str, Row] = {}
    for row in rows:
        if row.address:
            best[row.key] = min(best.get(row.key, row), row, key=_weight)
    for row in rows:
        chosen = best.get(row.key, row)
        yield row if row is chosen else replace(row, what=What.LEAVE, why=Why.TWICE, address="", facts=Facts())


_ORDER: Final = (What.SUPPRESS, What.ADD, What.ASK, What.LEAVE)
_REASONS: Final = (Why.COMPLAINED, Why.BLOCKED, Why.BOUNCED, Why.LEFT)


def _weight(row: Row) -> tuple[int, int, int]:
    graveness = _REASONS.index(row.why) if row.why in _REASONS else 0
    # Somebody who has not confirmed, or was never asked, is not asked because another row forgets to say so.
    place = 1 if row.what is What.LEAVE else 2 * _ORDER.index(row.what)
    return place, graveness, row.number


def _notes(tables: Sequence[_Understood]) -> Iterator[str]:
    yield "Imported readers are discreet. Names, notes and tags are not kept."
    for source in dict.fromkeys(table.source for table in tables):
        yield from _OF_SOURCE.get(source, ())
    if any(order and order.day_first is None for table in tables for order in table.orders.values()):
        yield "Some dates, such as 03/04/2025, can be read two ways. They do not count until you say what comes first."
    if any(field in table.columns for table in tables for field in _TIMES):
        yield "Times without a zone are read as UTC."


_OF_SOURCE: Final[dict[Source, tuple[str, ...]]] = {
    Source.MAILCHIMP: (
        "Mailchimp notes a time of confirming also for people whom somebody added by hand. "
        "Only the time of signing up counts as consent.",
        "Mailchimp guesses country and time zone (CC, TIMEZONE) from the network. They are not kept.",
    ),
    Source.LISTMONK: (
        "listmonk does not say here who left one of its lists. Nobody of it becomes a reader without confirming.",
    ),
    **{
        source: (f"{NAMES[source]} says since when people are on the list, and not whether they asked for it themselves.",)
        for source in (Source.KIT, Source.SUBSTACK, Source.GHOST, Source.BEEHIIV)
    },
}
