"""The `mendletter` command, a door for operators; refuses to show a stack trace for what a sentence can say."""

import sys
from pathlib import Path

import click

from service.cli.admins import admin_group
from service.cli.door import open_service, said_plainly
from service.cli.programmes import journey_command, preview_command, programmes_group
from service.cli.subscribers import subscribers_group
from service.local.demo import run_demo
from service.local.journey import run_journey
from service.settings import SettingsError, described, load
from service.store import beats, messages, schema


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Mendletter: letters that fit the phase of healing a reader is in."""


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@said_plainly
def db_upgrade() -> None:
    """Bring the database to the newest schema. Safe to run at every start."""
    url = load().database_url.get_secret_value()
    try:
        schema.upgrade(url)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    click.echo(f"The database is at revision {schema.present(url)}.")


@main.command()
@said_plainly
def status() -> None:
    """Say how things stand: the last tick, and every message accounted for. Exit code 1 when the clock stands still."""
    with open_service() as service, service.read() as session:
        age = beats.last_tick_age(session, wall=service.wall())
        counts = messages.count_by_state(session)
    click.echo(f"last tick: {'never' if age is None else f'{age:.0f} s ago'}")
    for state, count in counts.items():
        click.echo(f"{state:8} {count}")
    sys.exit(1 if age is None or age > 60 else 0)


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


for _command in (admin_group, subscribers_group, programmes_group, journey_command, preview_command):
    main.add_command(_command)
