"""The command line as an operator and an editor use it: sentences and exit codes."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from service.cli import main
from service.cli.programmes import _way
from service.mail.programmes import read_programme
from service.mail.sources import parse_letter
from service.settings import described
from service.store import beats, schema, sequences
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
    folders = sorted(path for path in SHIPPED.parent.iterdir() if path.is_dir())
    counts = [f"{folder.name}: {len(list(folder.glob('*.md')))}" for folder in folders]
    assert "after-leaving: 23" in counts
    assert _run(parts, "programmes", "load").output.splitlines() == [f"{count} new" for count in counts]
    assert _run(parts, "programmes", "load").output.splitlines() == [f"{count} unchanged" for count in counts]


def test_one_programme_may_be_named(parts: Parts) -> None:
    assert _run(parts, "programmes", "load", str(SHIPPED)).output == "after-leaving: 23 new\n"


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
    assert _run(None, "programmes", "check").output == "5 programmes: nothing to mend.\n"
    assert _run(None, "programmes", "check", str(SHIPPED)).output == "1 programme: nothing to mend.\n"
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
    long = ("A long line of a long letter. " * 10 + "\n\n") * 260
    letter.write_text(letter.read_text("utf-8").replace("## Practice", f"{long}\n## Practice"))
    result = _run(None, "programmes", "check", str(folder))
    assert result.exit_code == 2
    assert f"{letter}:1: This letter is too long to be sent" in result.output


def test_journey_shows_every_letter_and_why_it_comes_then() -> None:
    output = _run(None, "journey", "after-leaving", "--start", "2026-03-03", "--zone", "Europe/Berlin").output
    lines = output.splitlines()
    assert len(lines) == 24
    assert lines[0] == "  1  Tue 2026-03-10 10:00 +0100  2026-03-10T09:00Z  Whatever you feel makes sense"
    assert lines[1] == "     the first Tuesday at 10:00 at least 12 hours after confirming"
    assert lines[22].startswith(" 12  Tue 2026-05-26 10:00 +0200  2026-05-26T08:00Z  ")


def test_journey_takes_moves_and_wishes() -> None:
    wishes = ("--weekday", "sunday", "--hour", "2", "--never", "3", "--move", "5:stop", "--move", "1:pause-2")
    output = _run(None, "journey", str(SHIPPED), "--start", "2026-03-03T20:00", "--zone", "Europe/Berlin", *wishes).output
    lines = output.splitlines()
    assert len(lines) == 10
    assert [line.split()[2] for line in lines[::2]] == ["2026-03-08", "2026-03-22", "2026-03-29", "2026-04-05", "2026-04-12"]
    assert "after a pause of 2 weeks" in lines[3]
    assert "04:00 +0200" in lines[4], "there is no 2:00 on that day, and 3:00 must not be"


def _journey(*moves: str, programme: str = "after-leaving") -> list[tuple[str, str, str]]:
    """What `mendletter journey` tells with these moves: the name of each letter, its day and the reason."""
    chosen = [word for move in moves for word in ("--move", move)]
    result = _run(None, "journey", programme, "--start", "2026-03-03", "--zone", "Europe/Berlin", *chosen)
    assert result.exit_code == 0
    plan = read_programme(SHIPPED.parent / programme)
    names = {parse_letter(source, name=name).subject: name for name, source in plan.sources.items()}
    lines = result.output.splitlines()
    shown = [line.split(maxsplit=6) for line in lines[::2]]
    return [(names[words[6]], words[2], reason.strip()) for words, reason in zip(shown, lines[1::2], strict=True)]


@pytest.mark.parametrize(
    ("moves", "names"),
    [
        (["1:stay"], ["whatever-you-feel", "three-pegs-for-a-day", "rest-before-answers", "when-the-storm-comes"]),
        (
            ["1:stay", "2:stay", "3:stay", "4:stay"],
            [*("whatever-you-feel", "three-pegs-for-a-day", "the-part-of-you-that-listens"), "a-quieter-note", "room-to-stay"],
        ),
        (["1:on", "2:on"], ["whatever-you-feel", "when-the-storm-comes", "asked-gently", "a-kinder-voice"]),
        (["1:part-openness"], ["whatever-you-feel", "looking-back-kindly", "open-at-your-own-pace"]),
        (["1:part-storm", "2:part-shock"], ["whatever-you-feel", "when-the-storm-comes", "three-pegs-for-a-day"]),
        (["2:again-2"], ["whatever-you-feel", "rest-before-answers", "rest-before-answers", "when-the-storm-comes"]),
        (["2:pause-2", "3:stop"], ["whatever-you-feel", "rest-before-answers", "when-the-storm-comes"]),
        (["2:pause"], ["whatever-you-feel", "rest-before-answers"]),
    ],
)
def test_journey_takes_every_move(moves: list[str], names: list[str]) -> None:
    told = [name for name, _, _ in _journey(*moves)]
    assert told[: len(names)] == names
    assert (len(told) == len(names)) == (moves[-1] in ("1:part-openness", "3:stop", "2:pause"))


def test_journey_gives_the_day_and_the_reason_of_a_letter_that_was_put_off() -> None:
    assert _journey("1:again-2")[:3] == [
        ("whatever-you-feel", "2026-03-10", "the first Tuesday at 10:00 at least 12 hours after confirming"),
        ("whatever-you-feel", "2026-03-12", "the same letter once more, 2 days later as wished"),
        ("rest-before-answers", "2026-03-24", "12 days after the one before"),
    ]


def test_journey_goes_round_in_a_programme_that_begins_again() -> None:
    told = _journey(programme="line-a-day")
    assert len(told) == 120
    assert told[0][0] == told[30][0] != told[1][0]


@pytest.mark.parametrize("programme", [folder.parent.name for folder in SHIPPED.parent.glob("*/programme.toml")])
def test_a_folder_is_the_way_that_loading_it_makes(parts: Parts, programme: str) -> None:
    """The time machine of the command line reads folders, the clock reads the database."""
    assert _run(parts, "programmes", "load", str(SHIPPED.parent / programme)).exit_code == 0
    plan = read_programme(SHIPPED.parent / programme)
    service = parts.service()
    with service.read() as session:
        row = session.scalars(select(Sequence)).one()
        places = {phase.id: phase.position for phase in sequences.phases_of(session, row.id)}
        stored = [
            (each.position, each.name, each.role, each.phase_id and places[each.phase_id], each.state)
            for each in sequences.letters_of(session, row.id)
        ]
    service.database.close()
    filed = _way(plan)
    assert [(each.position, each.name, each.role, each.phase_id, each.state) for each in filed.letters] == stored
    assert filed.again == row.again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("after-leaving", "--start", "2026-03-03", "--zone", "UTC", "--move", "12:on"), "There is no such part."),
        (
            ("after-leaving", "--start", "2026-03-03", "--zone", "UTC", "--move", "2:part-calm"),
            "There is no part calm. The parts are: shock, storm, reflection, rebuilding, openness.",
        ),
        (("nowhere", "--start", "2026-03-03", "--zone", "UTC"), "There is no programme nowhere."),
        (("after-leaving", "--start", "2026-03-03", "--zone", "Mars"), "This time zone is not known here."),
        (("after-leaving", "--start", "soon", "--zone", "UTC"), "soon"),
        (("after-leaving", "--start", "2026-03-03", "--zone", "UTC", "--move", "hop"), "A move is written like"),
    ],
)
def test_journey_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    result = _run(None, "journey", *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_settings_lists_every_setting_with_its_default() -> None:
    output = _run(None, "settings").output
    for name, default, meaning in described():
        assert name in output
        assert meaning in output
        assert default in output
