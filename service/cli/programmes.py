"""The commands for programmes in files: load, check, look at, live through; refuses to load one that has something wrong."""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from service.actions import programmes
from service.actions.programmes import Loaded
from service.cli.door import WRONG, open_service, said_plainly
from service.domain.journey import journey
from service.domain.letters import ProgrammePlan
from service.domain.moves import parse_move
from service.domain.schedule import Rhythm, instant
from service.domain.sequences import LetterState, Role, Way
from service.domain.subscribers import DAYS, Wishes
from service.mail.folders import ProgrammeErrors
from service.mail.prepared import LetterTooLarge
from service.mail.preview import MADE_UP_SITE, write_preview
from service.mail.programme_files import write_programme
from service.mail.programmes import read_programme
from service.mail.sources import parse_letter
from service.settings import SettingsError
from service.store import plans

_SHIPPED: Final = Path(__file__).resolve().parents[2] / "templates" / "programmes"


@click.group("programmes")
def programmes_group() -> None:
    """Programmes and their letters, from files."""


@programmes_group.command("load")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--over", is_flag=True, help="Where letters, order or names were changed at the desk too, the files win.")
@said_plainly
def programmes_load(folder: Path | None, over: bool) -> None:
    """Take programmes in, from FOLDER or from those that come with Mendletter. All of them, or none."""
    with open_service() as service:
        found = [read_programme(path) for path in _programme_folders(folder or service.programmes)]
        with service.write() as session:
            loaded = [(plan.slug, programmes.load(session, plan, wall=service.wall(), over=over)) for plan in found]
    for slug, result in loaded:
        click.echo(f"{slug}: {_in_words(result)}")


def _in_words(loaded: Loaded) -> str:
    counts = (
        (len(loaded.new), "new"),
        (len(loaded.changed), "changed"),
        (len(loaded.unchanged), "unchanged"),
        (len(loaded.retired), "retired"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to do"


@programmes_group.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@said_plainly
def programmes_export(folder: Path) -> None:
    """Write all programmes to FOLDER as their files, with what was written at the desk: `check` and `load` take them again."""
    with open_service() as service, service.read() as session:
        found = plans.all_of(session)
    taken = [folder / plan.slug for plan, _ in found if (folder / plan.slug).exists()]
    if taken:
        raise SettingsError(f"{taken[0]} is there already. Name a folder that is new or empty; nothing was written.")
    for plan, left_out in found:
        write_programme(plan, folder)
        click.echo(f"{plan.slug}: {len(plan.sources)} letters, {', '.join([plan.language, *plan.translations])}")
        for sentence in left_out:
            click.echo(f"{plan.slug}: {sentence}", err=True)


@programmes_group.command("check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@said_plainly
def programmes_check(folder: Path | None) -> None:
    """Say what is wrong with programme files, with file and line. Needs no database."""
    findings: list[str] = []
    folders = _programme_folders(folder or _SHIPPED)
    for path in folders:
        try:
            read_programme(path)
        except ProgrammeErrors as error:
            findings.append(str(error))
    if findings:
        click.echo("\n".join(findings), err=True)
        sys.exit(WRONG)
    click.echo(f"{len(folders)} programme{'s' if len(folders) != 1 else ''}: nothing to mend.")


def _programme_folders(folder: Path) -> list[Path]:
    """The programme itself, or all programmes in a folder of them. Raises SettingsError if there is none."""
    if (folder / "programme.toml").exists():
        return [folder]
    found = sorted(path for path in folder.iterdir() if path.is_dir())
    if not found:
        raise SettingsError(f"{folder} holds no programme: a folder with a programme.toml and its letters is expected.")
    return found


@click.command("journey")
@click.argument("programme")
@click.option(
    "--start", required=True, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="When the reader confirms, local."
)
@click.option("--zone", required=True, help="The reader's time zone, such as Europe/Berlin.")
@click.option("--weekday", type=click.Choice(DAYS, case_sensitive=False), default="Tuesday", show_default=True)
@click.option("--hour", type=click.IntRange(0, 23), default=10, show_default=True)
@click.option(
    "--never", multiple=True, type=click.IntRange(0, 23), help="A local hour in which mail must not come. May be repeated."
)
@click.option(
    "--move",
    "moves",
    multiple=True,
    help="What the reader does after a letter: 4:stop, 3:pause-2, 2:stay, 5:on, 6:part-storm, 4:again-2. May be repeated.",
)
@said_plainly
def journey_command(
    programme: str, start: datetime, zone: str, weekday: str, hour: int, never: tuple[int, ...], moves: tuple[str, ...]
) -> None:
    """Show every letter of PROGRAMME for one reader, when it comes and why then, by the function that plans."""
    plan = read_programme(_programme_folder(programme))
    phases = {phase.key: place for place, phase in enumerate(plan.phases, start=1)}
    try:
        wishes = Wishes(DAYS.index(weekday.title()), hour, zone, discreet=False)
        rhythm = Rhythm(wishes.weekday, hour, zone, plan.pace_days, frozenset(never))
        made = dict(parse_move(move, phases) for move in moves)
        stages = list(journey(rhythm, _way(plan), confirmed=instant(start.date(), start.time(), zone), moves=made))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for stage in stages:
        subject = parse_letter(plan.sources[stage.letter.name], name=stage.letter.name).subject
        click.echo(f"{stage.number:3}  {stage.wall:%a %Y-%m-%d %H:%M %z}  {stage.slot:%Y-%m-%dT%H:%MZ}  {subject}")
        click.echo(f"     {stage.reason}")


@dataclass(frozen=True, slots=True)
class _FiledLetter:
    """A letter of a programme folder, as the rules want to see it."""

    id: int
    position: int
    name: str
    role: str
    phase_id: int | None
    state: str = LetterState.LIVE


def _way(plan: ProgrammePlan) -> Way[_FiledLetter]:
    """A programme folder as the rules want to see it."""
    places = [(name, Role.MAIN, phase) for phase, each in enumerate(plan.phases, start=1) for name in each.letters]
    places += [(name, Role.ALTERNATE, phase) for phase, each in enumerate(plan.phases, start=1) for name in each.alternates]
    filed = [_FiledLetter(n, n, name, role, phase) for n, (name, role, phase) in enumerate(places, start=1)]
    quiet = [_FiledLetter(n, n, name, Role.CHECK_IN, None) for n, name in enumerate(plan.check_ins, start=len(filed) + 1)]
    return Way([*filed, *quiet], plan.again)


def _programme_folder(programme: str) -> Path:
    """A programme by its name among those that come with Mendletter, or by its folder."""
    shipped = _SHIPPED / programme
    folder = shipped if (shipped / "programme.toml").exists() else Path(programme)
    if not (folder / "programme.toml").exists():
        names = ", ".join(path.name for path in _programme_folders(_SHIPPED))
        raise click.UsageError(f"There is no programme {programme}. Name one of these, or a folder: {names}.")
    return folder


@click.command("preview")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/preview"),
    show_default=True,
    help="Where to write it.",
)
@said_plainly
def preview_command(folder: Path | None, out: Path) -> None:
    """Write every letter to look at, from FOLDER or those that come with Mendletter, with an index. Needs no settings."""
    plans = [read_programme(path) for path in _programme_folders(folder or _SHIPPED)]
    try:
        index = write_preview(plans, MADE_UP_SITE, out)
    except (LetterTooLarge, OSError) as error:
        raise SettingsError(str(error)) from None
    click.echo(f"Every letter is written. Open {index.resolve()} in a browser.")
