"""Whatever bytes somebody brings: a reading or a sentence, and never anything else. And zip files that mean harm."""

import io
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.imports.cells import defused, plain
from service.domain.imports.files import LARGEST, MOST_ROWS, File, ListError
from service.domain.imports.rules import Facts, What
from tests.parts.lists import SAMPLES, WALL, reading, sample

CELLS = st.sampled_from(
    [
        "email",
        "status",
        "ada@example.org",
        "unsubscribed",
        "2024-01-01",
        "OPTIN_TIME",
        "=1+1",
        '"',
        "''",
        "\u00e9",
        "1/2/3",
        "\x00",
    ]
)
ROWS = st.lists(st.lists(CELLS | st.text(max_size=8), max_size=5), max_size=8)
WHOLE = [sample(name).data for name in ("kit.csv", "plain-utf16.csv", "plain-cp1252.csv", "mailchimp.zip")]


def attempt(*files: File) -> None:
    try:
        found = reading(*files)
    except ListError:
        return
    for row in found.rows:
        assert row.what is What.ADD or row.sentence
        assert Facts.of(row.facts.kept()) == row.facts
        assert row.facts.consent_at is None or row.facts.consent_at <= WALL + timedelta(days=1)
    assert len({row.key for row in found.rows if row.address}) == sum(1 for row in found.rows if row.address)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    attempt(File("any.csv", data))


@settings(deadline=None)
@given(ROWS, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_rows_of_cells(rows: list[list[str]], separator: str, encoding: str) -> None:
    attempt(File("any.csv", "\n".join(map(separator.join, rows)).encode(encoding, "surrogatepass")))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(WHOLE), st.integers(0, 4000), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_sample_that_was_damaged(data: bytes, place: int, more: bytes, cut: bool) -> None:
    at = place % len(data)
    attempt(File("damaged", data[:at] if cut else data[:at] + more + data[at + len(more) :]))


@given(st.text(max_size=40))
def test_no_cell_goes_out_as_a_formula_and_all_come_back(value: str) -> None:
    out = defused(value)
    assert not out.startswith(("=", "+", "-", "@", "\t", "\r"))
    if value.startswith(("=", "+", "-", "@")) and value == value.strip() and not value.startswith('="'):
        assert plain(out) == plain(value)


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> File:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return File("list.zip", buffer.getvalue())


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (zipped({"list.csv": b"email\n" + b"\n" * LARGEST}), "larger than 50 MB"),
        (zipped(dict.fromkeys(("1.csv", "2.csv"), b"\n" * (LARGEST // 2 + 1))), "larger than 50 MB"),
        (zipped({"list.csv": b"email\na@example.org\n"}, zipfile.ZIP_LZMA), "packed in a way that is not read here"),
        (zipped({"list.html": b"<p>a@example.org"}), "There is no CSV file"),
        (zipped({"[Content_Types].xml": b"<Types/>"}), "spreadsheet"),
        (zipped({f"{number}.csv": b"x" for number in range(1001)}), "more than 1000 files"),
    ],
    ids=["bomb", "two-bombs", "lzma", "html", "spreadsheet", "many"],
)
def test_a_zip_file_that_means_harm_is_refused(file: File, sentence: str) -> None:
    with pytest.raises(ListError, match=sentence):
        reading(file)


def test_a_list_of_too_many_rows_is_refused() -> None:
    half = b"email\n" + b"a@b.org\n" * (MOST_ROWS // 2 + 1)
    for files in ([File("long.csv", b"email\n" + b"a@b.org\n" * (MOST_ROWS + 1))], [File("1.csv", half), File("2.csv", half)]):
        with pytest.raises(ListError, match=r"more than 50,000 rows\. Please split it"):
            reading(*files)


def test_a_zip_file_beside_a_plain_file_is_one_list() -> None:
    found = reading(sample("substack.zip"), File("more.csv", (SAMPLES / "plain-no-header.txt").read_bytes()))
    assert [row.what for row in found.rows].count(What.LEAVE) == 3  # all three stand in both
    assert [row.number for row in found.rows] == list(range(1, 7))
