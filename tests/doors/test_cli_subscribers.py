"""Lists at the command line: a dry run changes nothing, an import runs to its end, an export goes to a new file."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from service.bootstrap import Service
from service.cli import main
from service.settings import described
from service.store.desk_tables import Audit, Import
from service.store.tables import Subscriber
from tests.parts.lists import SAMPLES, sample
from tests.parts.river import Parts


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The command line is the same on both databases: one is enough."""
    return sqlite_url


def run(parts: Parts, *arguments: str | Path, answer: str | None = None) -> Result:
    env: dict[str, str | None] = {name: None for name, _, _ in described()}
    words = ["subscribers", *map(str, arguments)]
    return CliRunner().invoke(main, words, env=env | dict(parts.environment()), input=answer, catch_exceptions=False)


@pytest.fixture
def mailchimp(service: Service, tmp_path: Path) -> Path:
    """A zip file of Mailchimp's, for a service with a programme."""
    path = tmp_path / "audience.zip"
    path.write_bytes(sample("mailchimp.zip").data)
    return path


def count(service: Service, table: type[Subscriber] | type[Import]) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_a_dry_run_says_every_row_that_is_left_out_and_changes_nothing(parts: Parts, service: Service, mailchimp: Path) -> None:
    result = run(parts, "import", mailchimp, "--dry-run")
    assert result.exit_code == 0
    assert "  Email Address: the address" in result.output
    assert "       2 became readers" in result.output
    assert "  subscribed_members_export_a1b2c3.csv, row 5: This address belongs to an office" in result.output
    assert "example.org" not in result.output
    assert (count(service, Subscriber), count(service, Import)) == (0, 0)


def test_an_import_asks_first_runs_to_its_end_and_is_in_the_trail(parts: Parts, service: Service, mailchimp: Path) -> None:
    assert "Taking in" not in run(parts, "import", mailchimp, answer="n\n").output
    assert count(service, Import) == 0
    result = run(parts, "import", mailchimp, "--zone", "Europe/Berlin", answer="y\n")
    assert "Import 1 is done." in result.output
    assert count(service, Subscriber) == 2
    again = run(parts, "import", mailchimp, "--zone", "Europe/Berlin", "--yes")
    assert "This list was brought before, as import 1" in again.output
    assert count(service, Import) == 1
    with service.read() as session:
        assert list(session.scalars(select(Audit.what))) == ["import begun"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--programme", "nowhere"), "There is no open programme nowhere. There are: after-leaving."),
        (("--zone", "Mars/Olympus"), "This time zone is not known here."),
    ],
)
def test_what_cannot_be_is_a_sentence_and_exit_2(
    parts: Parts, mailchimp: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(parts, "import", mailchimp, *arguments)
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_file_that_is_no_list_is_a_sentence_and_exit_2(parts: Parts, service: Service) -> None:
    result = run(parts, "import", SAMPLES / "substack/posts.csv")
    assert (result.exit_code, result.output) == (
        2,
        "No column with e-mail addresses was found. A list has one address in each row.\n",
    )


def test_an_export_goes_to_a_new_file_that_only_its_owner_can_open(
    parts: Parts, service: Service, mailchimp: Path, tmp_path: Path
) -> None:
    run(parts, "import", mailchimp, "--yes")
    out = tmp_path / "readers.csv"
    assert "2 readers are in" in run(parts, "export", out).output
    assert out.stat().st_mode & 0o777 == 0o600
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["email"] for row in csv.DictReader(file)] == ["ada@example.org", "Cora@example.com"]
    again = run(parts, "export", out)
    assert again.exit_code == 2
    assert "An export goes to a new file." in again.output
