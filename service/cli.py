"""The `mendletter` command, a door for operators; refuses to show a stack trace for what a sentence can say."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from service.actions import admins as accounts
from service.actions import audit, programmes
from service.actions.admins import AccountError
from service.actions.programmes import ChangedTwiceError, Loaded
from service.bootstrap import Service, assemble
from service.domain.addresses import key
from service.domain.import_files import ListError
from service.domain.imports import Choices
from service.domain.journey import journey
from service.domain.letters import ProgrammePlan
from service.domain.moves import parse_move
from service.domain.roles import Role as DeskRole
from service.domain.schedule import Rhythm, instant
from service.domain.sequences import LetterState, Role, Way
from service.domain.subscribers import DAYS, Wishes
from service.local import lists
from service.local.demo import run_demo
from service.local.journey import run_journey
from service.mail.folders import ProgrammeErrors
from service.mail.prepared import LetterTooLarge
from service.mail.preview import MADE_UP_SITE, write_preview
from service.mail.programmes import read_programme
from service.mail.sources import parse_letter
from service.settings import SettingsError, described, load
from service.store import admins, beats, messages, schema
from service.store.audit import Entry

_WRONG = 2  # the exit code for what the person at the keyboard can put right
_SHIPPED = Path(__file__).resolve().parents[1] / "templates" / "programmes"

P = ParamSpec("P")
R = TypeVar("R")


def _said_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a person can put right into a sentence and exit code 2."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (SettingsError, ProgrammeErrors, ChangedTwiceError, AccountError, ListError) as error:
            click.echo(str(error), err=True)
        except SQLAlchemyError as error:
            click.echo(
                f"The database does not answer, or is not set up ({type(error).__name__}). "
                "Look at DATABASE_URL, and run `mendletter db upgrade`.",
                err=True,
            )
        sys.exit(_WRONG)

    return run


@contextmanager
def _service() -> Iterator[Service]:
    """The service of this environment, for one command."""
    service = assemble(load())
    try:
        yield service
    finally:
        service.database.close()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Mendletter: letters that fit the phase of healing a reader is in."""


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@_said_plainly
def db_upgrade() -> None:
    """Bring the database to the newest schema. Safe to run at every start."""
    url = load().database_url.get_secret_value()
    try:
        schema.upgrade(url)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    click.echo(f"The database is at revision {schema.present(url)}.")


@main.group("admin")
def admin_group() -> None:
    """Those who work at the desk."""


@admin_group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in DeskRole]), default="owner", show_default=True)
@click.option("--name", default="", help="What colleagues see; it can be changed.")
@click.option("--zone", default="Etc/UTC", show_default=True, help="The time zone of what they see at the desk.")
@_said_plainly
def admin_add(email: str, role: str, name: str, zone: str) -> None:
    """Make an account for EMAIL and print a link that works once. For an account that is there, print a new link."""
    with _service() as service, service.write() as session:
        wall, there = service.wall(), admins.find(session, key(email))
        if there:
            admin, token = accounts.renew(session, there.id, wall=wall)
        else:
            admin, token = accounts.invite(session, email, role=DeskRole(role), name=name, zone=zone, wall=wall)
        what = "new link made" if there else "colleague invited"
        audit.note(session, _by_command(what, admin.id), wall=wall)
        address = f"{service.site.base_url}/admin/sign-in/link/{token}"
        begun = bool(there and there.confirmed_at)
    click.echo(f"{'To begin anew' if begun else 'To begin'} as {admin.role}, open this link within 24 hours. It works once:")
    click.echo(f"  {address}")
    if begun:
        click.echo("When it is used, the old password, passkeys and codes of this account end.")


@admin_group.command("list")
@_said_plainly
def admin_list() -> None:
    """List the accounts of the desk."""
    with _service() as service, service.read() as session:
        people = admins.everybody(session)
    for admin in people:
        click.echo(f"{admin.role:8} {admin.email:32} {admin.name}{'' if admin.confirmed_at else ' (invited)'}")
    if not people:
        click.echo("Nobody yet. Make the first account with `mendletter admin add EMAIL`.")


@admin_group.command("remove")
@click.argument("email")
@_said_plainly
def admin_remove(email: str) -> None:
    """Remove the account of EMAIL; whoever it was is out at once."""
    with _service() as service, service.write() as session:
        admin = admins.find(session, key(email))
        if admin is None:
            raise AccountError("There is no account with this address. `mendletter admin list` shows those there are.")
        accounts.remove(session, admin.id)
        audit.note(session, _by_command("colleague removed", admin.id), wall=service.wall())
    click.echo("The account is removed.")


def _by_command(what: str, admin_id: int) -> Entry:
    return Entry(None, "mendletter admin", "operator", "", what, f"admin:{admin_id}")


@main.group("subscribers")
def subscribers_group() -> None:
    """Readers, from lists and to lists."""


@subscribers_group.command("import")
@click.argument("files", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only say what would follow, row by row.")
@click.option("--programme", default="after-leaving", show_default=True, help="Which notes they get.")
@click.option("--weekday", type=click.Choice(DAYS, case_sensitive=False), default="Tuesday", show_default=True)
@click.option("--hour", type=click.IntRange(0, 23), default=10, show_default=True)
@click.option("--zone", default="Europe/London", show_default=True, help="For those whose zone is not in the list.")
@click.option("--ask/--leave-out", default=True, show_default=True, help="Mail a confirm letter where no consent is shown.")
@click.option("--joined", is_flag=True, help="The day somebody joined that list counts as their consent: they asked for it.")
@click.option("--day-first/--month-first", default=None, help="How dates like 03/04/2025 are meant.")
@click.option("--yes", is_flag=True, help="Begin without asking once more.")
@_said_plainly
def subscribers_import(
    files: tuple[Path, ...],
    dry_run: bool,
    programme: str,
    weekday: str,
    hour: int,
    zone: str,
    ask: bool,
    joined: bool,
    day_first: bool | None,
    yes: bool,
) -> None:
    """Take FILES in: CSV, or the zip file of a service. It only adds: whoever left, here or there, is never brought back."""
    try:
        choices = Choices(programme, Wishes(DAYS.index(weekday.title()), hour, zone, discreet=True), ask=ask, joined=joined)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with _service() as service:
        lists.check_open(service, programme)
        reading = lists.read(service, files, day_first=day_first)
        lists.tell_forecast(service, reading, choices, every=dry_run)
        if not dry_run and (yes or click.confirm("Take this list in?")):
            lists.take_in(service, reading, choices, name=files[0].name)


@subscribers_group.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_said_plainly
def subscribers_export(file: Path) -> None:
    """Write all readers to FILE, a new CSV file. Zone, country and hours without mail are not in it."""
    with _service() as service:
        count = lists.write_readers(service, file)
    click.echo(f"{count} readers are in {file}. It says who gets these notes: please keep it where nobody else looks.")


@main.group("programmes")
def programmes_group() -> None:
    """Programmes and their letters, from files."""


@programmes_group.command("load")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@_said_plainly
def programmes_load(folder: Path | None) -> None:
    """Take programmes in, from FOLDER or from those that come with Mendletter. All of them, or none."""
    with _service() as service:
        plans = [read_programme(path) for path in _programme_folders(folder or service.programmes)]
        with service.write() as session:
            loaded = [(plan.slug, programmes.load(session, plan, wall=service.wall())) for plan in plans]
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


@programmes_group.command("check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@_said_plainly
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
        sys.exit(_WRONG)
    click.echo(f"{len(folders)} programme{'s' if len(folders) != 1 else ''}: nothing to mend.")


def _programme_folders(folder: Path) -> list[Path]:
    """The programme itself, or all programmes in a folder of them. Raises SettingsError if there is none."""
    if (folder / "programme.toml").exists():
        return [folder]
    found = sorted(path for path in folder.iterdir() if path.is_dir())
    if not found:
        raise SettingsError(f"{folder} holds no programme: a folder with a programme.toml and its letters is expected.")
    return found


@main.command()
@_said_plainly
def status() -> None:
    """Say how things stand: the last tick, and every message accounted for. Exit code 1 when the clock stands still."""
    with _service() as service, service.read() as session:
        age = beats.last_tick_age(session, wall=service.wall())
        counts = messages.count_by_state(session)
    click.echo(f"last tick: {'never' if age is None else f'{age:.0f} s ago'}")
    for state, count in counts.items():
        click.echo(f"{state:8} {count}")
    sys.exit(1 if age is None or age > 60 else 0)


@main.command("journey")
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
@_said_plainly
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


@main.command("preview")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/preview"),
    show_default=True,
    help="Where to write it.",
)
@_said_plainly
def preview_command(folder: Path | None, out: Path) -> None:
    """Write every letter to look at, from FOLDER or those that come with Mendletter, with an index. Needs no settings."""
    plans = [read_programme(path) for path in _programme_folders(folder or _SHIPPED)]
    try:
        index = write_preview(plans, MADE_UP_SITE, out)
    except (LetterTooLarge, OSError) as error:
        raise SettingsError(str(error)) from None
    click.echo(f"Every letter is written. Open {index.resolve()} in a browser.")


@main.command("settings")
def settings_command() -> None:
    """List every setting with its default and what it does."""
    for name, default, meaning in described():
        click.echo(f"{name:18} {default}\n{'':18} {meaning}")


@main.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True, help="Where the pages are."
)
@click.option("--week", envvar="WEEK", help="How long a week takes: 10s, 1m (the default), or real.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Where its data is."
)
def demo(port: int, week: str | None, folder: Path) -> None:
    """Run everything on this computer: database, Redis, an inbox, the pages, clock and worker. Ctrl-C ends it."""
    sys.exit(run_demo(folder.resolve(), port=port, week=week))


@main.command("demo-journey")
@click.option("--week-seconds", type=float, default=4.0, show_default=True, help="How long a week takes.")
@click.option("--programme", default="after-leaving", show_default=True)
def demo_journey(week_seconds: float, programme: str) -> None:
    """Let one reader live through a whole programme on a fast clock, while another one leaves after letter 4."""
    sys.exit(run_journey(week_seconds=week_seconds, programme=programme))


if __name__ == "__main__":
    main()
