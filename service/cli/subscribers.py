"""The commands for lists of readers, in and out; refuses to begin before somebody has seen what would follow."""

from pathlib import Path

import click

from service.cli.door import open_service, said_plainly
from service.domain.imports.rules import Choices
from service.domain.subscribers import DAYS, Wishes
from service.local import lists


@click.group("subscribers")
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
@said_plainly
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
    with open_service() as service:
        lists.check_open(service, programme)
        reading = lists.read(service, files, day_first=day_first)
        lists.tell_forecast(service, reading, choices, every=dry_run)
        if not dry_run and (yes or click.confirm("Take this list in?")):
            lists.take_in(service, reading, choices, name=files[0].name)


@subscribers_group.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@said_plainly
def subscribers_export(file: Path) -> None:
    """Write all readers to FILE, a new CSV file. Zone, country and hours without mail are not in it."""
    with open_service() as service:
        count = lists.write_readers(service, file)
    click.echo(f"{count} readers are in {file}. It says who gets these notes: please keep it where nobody else looks.")
