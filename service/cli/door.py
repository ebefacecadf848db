"""How every command begins and ends: the service of this environment, and sentences; refuses to show a stack trace."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from service.actions.admins import AccountError
from service.actions.programmes import ChangedTwiceError
from service.bootstrap import Service, assemble
from service.domain.imports.files import ListError
from service.mail.folders import ProgrammeErrors
from service.settings import SettingsError, load

WRONG: Final = 2
"""The exit code for what the person at the keyboard can put right."""

P = ParamSpec("P")
R = TypeVar("R")


def said_plainly(command: Callable[P, R]) -> Callable[P, R]:
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
        sys.exit(WRONG)

    return run


@contextmanager
def open_service() -> Iterator[Service]:
    """The service of this environment, for one command."""
    service = assemble(load())
    try:
        yield service
    finally:
        service.database.close()
