"""Lists as the services export them, and as people keep them: what is found in them, and what comes of every row."""

from datetime import UTC, datetime

import pytest

from service.domain.imports.columns import Field, Source
from service.domain.imports.files import LARGEST, File, ListError
from service.domain.imports.rules import Row, What, Why
from tests.parts.lists import SAMPLES, expected, reading, sample, text

EXPECTED = expected()
LISTS = sorted({name for name, _ in EXPECTED})


def outcome(row: Row) -> tuple[int, str, str, str]:
    return row.row, row.address.partition("@")[0] or "-", row.what, row.why or "-"


def row_of(name: str, local: str) -> Row:
    return next(row for row in reading(sample(name)).rows if row.address.startswith(f"{local}@"))


@pytest.mark.parametrize("name", LISTS)
def test_every_row_of_every_sample_comes_to_what_it_should(name: str) -> None:
    found: dict[tuple[str, str], list[tuple[int, str, str, str]]] = {}
    for row in reading(sample(name)).rows:
        found.setdefault((name, row.file), []).append(outcome(row))
    assert found == {key: rows for key, rows in EXPECTED.items() if key[0] == name}


def test_every_sample_has_its_expectation() -> None:
    there = {path.name if path.is_file() else f"{path.name}.zip" for path in SAMPLES.iterdir()} - {"expected.txt"}
    assert set(LISTS) == there


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("mailchimp.zip", Source.MAILCHIMP),
        ("kit.csv", Source.KIT),
        ("substack.zip", Source.SUBSTACK),
        ("ghost.csv", Source.GHOST),
        ("beehiiv.csv", Source.BEEHIIV),
        ("listmonk.csv", Source.LISTMONK),
        ("plain-semicolons-bom.csv", Source.PLAIN),
    ],
)
def test_the_service_is_known_by_its_columns(name: str, source: Source) -> None:
    assert reading(sample(name)).source is source


@pytest.mark.parametrize(
    ("name", "encoding", "separator"),
    [
        ("plain-semicolons-bom.csv", "utf-8", ";"),
        ("plain-cp1252.csv", "cp1252", ","),
        ("plain-utf16.csv", "utf-16", "\t"),
        ("plain-bars.txt", "utf-8", "|"),
        ("plain-one-line.txt", "utf-8", ";"),
    ],
)
def test_encoding_and_separator_are_found(name: str, encoding: str, separator: str) -> None:
    table = reading(sample(name)).tables[0]
    assert (table.encoding, table.separator) == (encoding, separator)


def test_what_is_kept_of_a_row_is_times_truncated_networks_and_places() -> None:
    facts = row_of("mailchimp.zip", "ada").facts
    assert facts.consent_at == datetime(2024, 3, 16, 14, 40, 47, tzinfo=UTC)
    assert facts.confirmed_at == datetime(2024, 3, 16, 14, 52, 10, tzinfo=UTC)
    assert (facts.ip, facts.confirm_ip) == ("192.0.2.0/24", "192.0.2.0/24")
    assert (facts.language, facts.country, facts.zone) == ("", "", "")  # CC and TIMEZONE are guesses of Mailchimp's
    assert row_of("mailchimp.zip", "Cora").facts.confirm_ip == "2001:db8:12::/48"


def test_what_mailchimp_guesses_from_the_network_is_dropped_whatever_somebody_says_of_it() -> None:
    found = reading(sample("mailchimp.zip"), said={"TIMEZONE": Field.ZONE, "CC": Field.COUNTRY})
    assert {(row.facts.zone, row.facts.country) for row in found.rows} == {("", "")}
    assert all({"CC", "TIMEZONE"} <= set(table.dropped) for table in found.tables)
    assert any("CC, TIMEZONE" in note for note in found.notes)
    plain = reading(text("email,timezone,country", "ada@example.org,Europe/London,GB"))
    assert (plain.rows[0].facts.zone, plain.rows[0].facts.country) == ("Europe/London", "GB")


def test_a_network_without_consent_is_not_kept() -> None:
    facts = row_of("mailchimp.zip", "bea").facts
    assert (facts.consent_at, facts.ip, facts.confirm_ip) == (None, "", "")
    assert facts.joined_at == datetime(2024, 4, 18, 13, 51, 14, tzinfo=UTC)


def test_names_and_notes_are_dropped_and_said_to_be() -> None:
    found = reading(sample("ghost.csv"))
    assert {"name", "note", "labels", "stripe_customer_id"} <= set(found.tables[0].dropped)
    assert "Ada Ames" not in repr(found)
    assert "Early supporter" not in repr(found)
    assert "Names, notes and tags are not kept." in found.notes[0]


def test_the_columns_that_are_kept_are_shown_with_their_headers() -> None:
    columns = dict(reading(sample("plain-semicolons-bom.csv")).tables[0].columns)
    assert columns["E-Mail"] is Field.ADDRESS
    assert columns["Einwilligung"] is Field.CONSENT
    assert columns["Zeitzone"] is Field.ZONE


def test_a_person_may_say_what_a_column_is() -> None:
    said: dict[str, Field | None] = {"created_at": Field.CONSENT, "state": None}
    rows = reading(sample("kit.csv"), said=said).rows
    assert {row.what for row in rows} == {What.ADD}
    assert rows[0].facts.consent_at == datetime(2024, 1, 27, 11, 43, 55, tzinfo=UTC)


def test_a_date_that_can_be_two_days_counts_once_it_is_said_what_comes_first() -> None:
    assert any("03/04/2025" in note for note in reading(sample("plain-two-ways.csv")).notes)
    american = reading(sample("plain-two-ways.csv"), day_first=False)
    assert american.rows[0].facts.consent_at == datetime(2025, 3, 4, tzinfo=UTC)
    british = reading(sample("plain-two-ways.csv"), day_first=True)
    assert british.rows[0].facts.consent_at == datetime(2025, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-03-16 14:40:47", "2024-03-16T14:40:47"),
        ("2024-03-16T14:40:47.123Z", "2024-03-16T14:40:47.123000"),
        ("2024-03-16T14:40:47+02:00", "2024-03-16T12:40:47"),
        ("2024-03-16 14:40:47.123456789 +0530 IST", "2024-03-16T09:10:47.123456"),
        ("2024/3/16", "2024-03-16T00:00:00"),
        ("2024-03-16 14:40 UTC", "2024-03-16T14:40:00"),
        ("16.3.2024 14:40", "2024-03-16T14:40:00"),
        ("3/16/24 2:40 PM", "2024-03-16T14:40:00"),
        ("16 March 2024", "2024-03-16T00:00:00"),
        ("Mar 16, 2024 12:05 AM", "2024-03-16T00:05:00"),
        ("1710600047", "2024-03-16T14:40:47"),
        ("1710600047000", "2024-03-16T14:40:47"),
        ("2999-01-01", None),
        ("1970-01-01", None),
        ("0000-00-00 00:00:00", None),
        ("yes", None),
        ("31/31/2024", None),
    ],
)
def test_a_moment_is_understood_or_does_not_count(written: str, meant: str | None) -> None:
    row = reading(text("email|consent at", f"ada@example.org|{written}")).rows[0]
    found = row.facts.consent_at
    assert (found.replace(tzinfo=None).isoformat() if found else None) == meant
    assert row.what is (What.ADD if meant else What.ASK)


def test_whoever_left_in_one_row_is_not_added_by_another() -> None:
    rows = reading(text("email,status,consent at", "a@example.org,active,2024-01-01", "A@example.org,unsubscribed,")).rows
    assert [row.what for row in rows] == [What.LEAVE, What.SUPPRESS]
    assert rows[0].why is Why.TWICE


def test_whoever_has_not_confirmed_in_one_row_is_not_added_by_another() -> None:
    rows = reading(text("email,status,consent at", "a@example.org,active,2024-01-01", "a@example.org,unconfirmed,")).rows
    assert [(row.what, row.why) for row in rows] == [(What.LEAVE, Why.TWICE), (What.LEAVE, Why.UNCONFIRMED)]


def test_a_complaint_counts_more_than_leaving() -> None:
    found = reading(text("email,status,complained", "a@example.org,unsubscribed,2024-01-01"))
    assert found.rows[0].why is Why.COMPLAINED


@pytest.mark.parametrize("name", LISTS)
def test_samples_shown_are_masked_and_few(name: str) -> None:
    found = reading(sample(name))
    assert 0 < len(found.samples) <= 5
    for shown in found.samples:
        assert "•••@" in shown.masked
        assert shown.row.address not in shown.masked
    assert {shown.row.what for shown in found.samples} >= {row.what for row in found.rows if row.address}


@pytest.mark.parametrize("name", LISTS)
def test_a_sentence_for_a_row_never_holds_an_address(name: str) -> None:
    for row in reading(sample(name)).rows:
        assert row.what is What.ADD or row.sentence
        assert "example" not in row.sentence
        assert len(row.sentence) <= 200


def test_files_beside_the_list_are_named_and_not_read() -> None:
    found = reading(sample("substack.zip"))
    assert sorted(found.ignored) == ["1.opens.csv", "posts.csv"]
    assert all(not row.address.startswith("opened@") for row in found.rows)


def test_the_fingerprint_of_a_list_is_that_of_its_file() -> None:
    assert reading(sample("kit.csv")).sha256 == reading(sample("kit.csv")).sha256 != reading(sample("ghost.csv")).sha256


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (text("name,colour", "Ada,red"), "No column with e-mail addresses was found."),
        (File("empty.csv", b""), "No column with e-mail addresses was found."),
        (text("email", 'ada@example.org,"never closed', "bea@example.org"), "never closed"),
        (File("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0"), "This is not a text file."),
        (File("big.csv", b"a" * (LARGEST + 1)), "This file is too large."),
        (File("broken.zip", b"PK\x03\x04 and nothing else"), "This zip file cannot be opened."),
        (File("wide.csv", b"email\n" + b"a" * 200_000), "cannot be read"),
    ],
    ids=lambda value: value.name if isinstance(value, File) else "",
)
def test_what_is_no_list_is_refused_with_a_sentence(file: File, sentence: str) -> None:
    with pytest.raises(ListError, match=sentence):
        reading(file)
