"""The command line as an operator and an editor use it: sentences and exit codes."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from service.cli import main
from service.settings import described
from service.store import beats, schema
from service.store.tables import Letter, Sequence
from tests.parts.river import Parts
from tests.parts.servers import PROJECT

SHIPPED = PROJECT / "templates/programmes/after-leaving"


def _run(parts: Parts | None, *arguments: str) -> Result:
    env: dict[str, str | None] = {name: None for name, _, _ in described()}
    return CliRunner().invoke(main, arguments, env=env | (dict(parts.environment()) if parts else {}), catch_exceptions=False)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The shipped programme with a letter that has lost a part and gained an unknown placeholder."""
    folder = tmp_path / "programmes" / "after-leaving"
    shutil.copytree(SHIPPED, folder)
    letter = folder / "rest-before-answers.md"
    letter.write_text(letter.read_text("utf-8").replace("## Question", "## Riddle").replace("{{ help_link }}", "{{ config }}"))
    return folder


def test_db_upgrade_brings_an_empty_database_to_the_newest_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    result = _run(Parts(url), "db", "upgrade")
    assert (result.exit_code, result.output) == (0, f"The database is at revision {schema.newest()}.\n")
    assert schema.drift(url) == []


def test_a_wrong_database_is_a_sentence_and_exit_2(tmp_path: Path) -> None:
    result = _run(Parts("mysql://h/d"), "db", "upgrade")
    assert (result.exit_code, result.output) == (2, "DATABASE_URL must be postgresql://... or sqlite:///path/to/file.db\n")


def test_missing_settings_are_a_sentence_and_exit_2() -> None:
    result = _run(None, "status")
    assert result.exit_code == 2
    assert "DATABASE_URL is missing: " in result.output


def test_the_shipped_programmes_load_and_load_again(parts: Parts) -> None:
    assert _run(parts, "programmes", "load").output == "after-leaving: 12 new\n"
    assert _run(parts, "programmes", "load").output == "after-leaving: 12 unchanged\n"


def test_one_programme_may_be_named(parts: Parts) -> None:
    assert _run(parts, "programmes", "load", str(SHIPPED)).output == "after-leaving: 12 new\n"


def test_a_broken_programme_is_refused_with_file_and_line_and_nothing_is_stored(parts: Parts, broken: Path) -> None:
    result = _run(parts, "programmes", "load", str(broken.parent))
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(f"{broken / 'rest-before-answers.md'}:") for line in lines)
    assert any("config" in line for line in lines)
    service = parts.service()
    with service.read() as session:
        assert session.scalars(select(func.count()).select_from(Letter)).one() == 0
        assert session.scalars(select(func.count()).select_from(Sequence)).one() == 0
    service.database.close()


def test_one_broken_programme_keeps_all_of_them_out(parts: Parts, broken: Path) -> None:
    shutil.copytree(SHIPPED, broken.parent / "another")
    assert _run(parts, "programmes", "load", str(broken.parent)).exit_code == 2
    service = parts.service()
    with service.read() as session:
        assert session.scalars(select(func.count()).select_from(Sequence)).one() == 0
    service.database.close()


def test_check_needs_no_settings_and_says_what_is_wrong(broken: Path) -> None:
    assert _run(None, "programmes", "check").output == "1 programme: nothing to mend.\n"
    result = _run(None, "programmes", "check", str(broken))
    assert result.exit_code == 2
    assert f"{broken / 'rest-before-answers.md'}:" in result.output


def test_a_folder_without_programmes_is_a_sentence(tmp_path: Path) -> None:
    result = _run(None, "programmes", "check", str(tmp_path))
    assert result.exit_code == 2
    assert "holds no programme" in result.output


def test_status_counts_everything_and_its_exit_code_tells_a_clock_that_stands_still(parts: Parts) -> None:
    result = _run(parts, "status")
    assert result.exit_code == 1
    assert "last tick: never" in result.output
    service = parts.service()
    with service.write() as session:
        beats.beat(session, beats.CLOCK, now=service.now(), wall=service.wall())
    result = _run(parts, "status")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()[1:]] == [
        *("due", "sending", "sent", "refused", "skipped", "unknown")
    ]
    service.database.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@/nowhere?host=/nowhere", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_does_not_answer_is_a_sentence_and_exit_2(url: str) -> None:
    result = _run(Parts(url), "status")
    assert result.exit_code == 2
    assert result.output.startswith("The database does not answer, or is not set up (OperationalError).")


def test_a_letter_that_would_be_cut_off_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "after-leaving"
    shutil.copytree(SHIPPED, folder)
    letter = folder / "rest-before-answers.md"
    long = "A long line of a long letter.\n\n" * 2600
    letter.write_text(letter.read_text("utf-8").replace("## Practice", f"{long}\n## Practice"))
    result = _run(None, "programmes", "check", str(folder))
    assert result.exit_code == 2
    assert f"{letter}:1: This letter is too long to be sent" in result.output


def test_settings_lists_every_setting_with_its_default() -> None:
    output = _run(None, "settings").output
    for name, default, meaning in described():
        assert name in output
        assert meaning in output
        assert default in output
