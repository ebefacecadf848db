"""From the bytes that somebody brings to rows of cells; refuses what is no list: spreadsheets, bombs, pictures."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.imports.cells import plain

LARGEST: Final = 50_000_000
"""How many bytes a list may have, unpacked."""

MOST_ROWS: Final = 50_000
"""How many rows may be brought at once: a page reads them, holds them and tries them out while somebody waits."""

MOST_FILES: Final = 1_000

SEPARATORS: Final[dict[str, str]] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE: Final = 200  # lines that are looked at to find the separator
_ADDRESS: Final = re.compile(r"[^\s@,;<>\"|]+@[^\s@,;<>\"|]+\.[^\s@,;<>\"|]+")
_LISTS: Final = (".csv", ".txt", ".tsv")
_PARTS_OF_A_LIST: Final = (
    re.compile(r"email_list", re.IGNORECASE),  # Substack: beside it lie files that name who opened what
    re.compile(r"^(?:non|un)?subscribed|^cleaned|^members_export", re.IGNORECASE),  # Mailchimp
)
_BROKEN_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
)


class ListError(ValueError):
    """A list that cannot be taken in, as a sentence for whoever brought it."""


class TooManyRowsError(ListError):
    """A list of more rows than can be brought at once."""

    def __init__(self) -> None:
        super().__init__(f"This list has more than {MOST_ROWS:,} rows. Please split it and bring one part after the other.")


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it was brought or found in a zip file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One row of cells, under the number that a spreadsheet gives it (the header of a file is its row 1)."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as rows. `header` is empty where the file begins with its first person."""

    file: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    records: tuple[Record, ...]


def looks_like_address(text: str) -> bool:
    """Whether a cell may be an address: enough to tell columns apart, not to write to it."""
    return _ADDRESS.fullmatch(text) is not None


def printable(name: str) -> str:
    """The name of a file, as it can be shown and kept."""
    return "".join(filter(str.isprintable, name))


def unpacked(file: File) -> tuple[list[File], list[str]]:
    """The lists in a file, and the names of what else was in it. Raises ListError for what holds no list."""
    if len(file.data) > LARGEST:
        raise ListError(f"This file is too large. You can bring up to {LARGEST // 1_000_000} MB at once, in several files.")
    if not file.data.startswith(b"PK\x03\x04"):
        return [file], []
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            return _lists_in(archive)
    except ListError:
        raise
    except _BROKEN_ZIP:
        raise ListError("This zip file cannot be opened. You can download it once more, or bring the CSV in it.") from None


def _lists_in(archive: zipfile.ZipFile) -> tuple[list[File], list[str]]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    names = [member.filename for member in members]
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise ListError("This is a spreadsheet or a document. Please save the list as CSV and bring that.")
    if len(members) > MOST_FILES and not any(map(_is_part, names)):
        raise ListError(f"This zip file holds more than {MOST_FILES} files. Please bring only the lists.")
    lists = [member for member in members if _is_list(member.filename)]
    wanted = [member for member in lists if _is_part(member.filename)] or lists
    if not wanted:
        raise ListError("There is no CSV file in this zip file.")
    chosen = {id(member) for member in wanted}
    return list(_read_all(archive, wanted)), [member.filename for member in members if id(member) not in chosen]


def _is_list(name: str) -> bool:
    base = _base(name)
    return base.lower().endswith(_LISTS) and not base.startswith(".") and not name.startswith("__MACOSX/")


def _is_part(name: str) -> bool:
    return _is_list(name) and any(pattern.search(_base(name)) for pattern in _PARTS_OF_A_LIST)


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _read_all(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> Iterator[File]:
    left = LARGEST
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ListError("This zip file is packed in a way that is not read here. Please unpack it and bring the CSV.")
        with archive.open(member) as packed:
            data = packed.read(left + 1)  # what the archive says of its own size is not believed
        left -= len(data)
        if left < 0:
            raise ListError(f"Unpacked, this file is larger than {LARGEST // 1_000_000} MB. Please bring it in several files.")
        yield File(_base(member.filename), data)


_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding. Raises ListError for what is no text."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for name in (marked,) if marked else ("utf-8", "cp1252", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, name.removesuffix("-sig")
    raise ListError("This is not a text file. Please save the list as CSV (UTF-8) and bring that.")


def sheet(file: File) -> Sheet:
    """A file as rows of cells. Raises ListError for one without any, with too many, or with an open quotation mark."""
    text, encoding = decoded(file.data)
    text, separator = _separated(text)
    records = [record for record in _records(text, separator) if any(record.cells)]
    if not records:
        raise ListError(f"{printable(file.name)} holds no rows.")
    first = records[0]
    if any(map(looks_like_address, first.cells)):
        return Sheet(printable(file.name), encoding, separator, (), tuple(_one_below_the_other(records)))
    return Sheet(printable(file.name), encoding, separator, first.cells, tuple(records[1:]))


def _separated(text: str) -> tuple[str, str]:
    """The text without a line that only names the separator, as some programs write it, and the separator."""
    found = re.match(r"sep=(?P<separator>[,;|\t])\r?\n", text)
    if found:
        return text[found.end() :], found["separator"]
    sample = "\n".join(text.splitlines()[:_SAMPLE])
    return text, max(SEPARATORS, key=lambda separator: _fit(sample, separator))


def _fit(sample: str, separator: str) -> tuple[bool, int]:
    """How well a separator fits: rows that all have the same number of cells, and many of them."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if any(row)]
    except csv.Error:
        return False, 0
    least, most = min(widths, default=0), max(widths, default=0)
    return least == most and least > 1, sum(width - 1 for width in widths)


def _records(text: str, separator: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if row > MOST_ROWS + 1:
                raise TooManyRowsError
            yield Record(row, tuple(map(plain, cells)))
    except csv.Error:
        raise ListError(f"Row {row + 1} cannot be read. Is a quotation mark opened there and never closed?") from None
    if _ends_inside_quotes(text, separator):
        raise ListError(f"A quotation mark is opened in row {row} and never closed, so all that follows it reads as one cell.")


def _ends_inside_quotes(text: str, separator: str) -> bool:
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _one_below_the_other(records: Sequence[Record]) -> Iterator[Record]:
    """Rows as they are; a row of nothing but addresses, as mail programs copy them, is one row for each."""
    for record in records:
        cells = [cell for cell in record.cells if cell]
        if len(cells) > 1 and all(map(looks_like_address, cells)):
            yield from (Record(record.row, (cell,)) for cell in cells)
        else:
            yield record
