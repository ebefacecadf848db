"""Lets a test process work out once what the service works out once for each process; refuses to reach into other processes.

A process of the service makes one app on one database. Tests make thousands, and spent half of their time on the same
translations of the same statements, the same templates, addresses, catalogues and letters. All that is kept here is a function
of what it was made of; nothing of a database or of a reader is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from werkzeug.routing import Rule

from service.domain import support
from service.mail import sources
from service.mail.prepared import prepare_letter, prepare_system
from service.store import database
from service.web import languages

_STATEMENTS = 5000
_LETTERS = 5000


@contextmanager
def remembering() -> Iterator[None]:
    """Within this, each of these things is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", _Engines().make)
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Templates()})
        patch.setattr(Rule, "_compile_builder", _builders())
        patch.setattr(languages, "_complete_catalogues", _catalogues())
        patch.setattr(support, "parse", lru_cache(support.parse))
        letter, system, parsed = (lru_cache(_LETTERS)(make) for make in (prepare_letter, prepare_system, sources.parse_letter))
        patch.setattr("service.mail.compose.prepare_letter", letter)
        patch.setattr("service.mail.programmes.prepare_letter", letter)
        patch.setattr("service.mail.compose.prepare_system", system)
        patch.setattr("service.mail.compose.parse_letter", parsed)
        patch.setattr(sources, "parse_letter", parsed)
        yield


class _Engines:
    """Every engine has the translations of the first one for its kind of database."""

    def __init__(self) -> None:
        self._first: dict[str, Engine] = {}

    def make(self, url: URL, **options: Any) -> Engine:  # noqa: ANN401  whatever create_engine takes
        made = create_engine(url, query_cache_size=_STATEMENTS, **options)
        first = self._first.get(url.get_backend_name())
        if first is None:
            # Not before it was connected: only then a dialect knows its server.
            event.listen(made, "engine_connect", self._remember)
        else:
            # Translations are kept by dialect, so that both have to be shared.
            made.dialect = made.pool._dialect = first.dialect
            made._compiled_cache = first._compiled_cache
        return made

    def _remember(self, connection: Connection) -> None:
        self._first.setdefault(connection.dialect.name, connection.engine)


class _Templates(BytecodeCache):
    """The code of templates, by what they say and how they are read."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], Any] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The code of a template, or an empty bucket for it."""
        read_by = (environment.trim_blocks, environment.lstrip_blocks, environment.undefined, *environment.extensions)
        bucket = Bucket(environment, repr((name, filename, read_by)), self.get_source_checksum(source))
        bucket.code = self._codes.get((bucket.key, bucket.checksum))
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[(bucket.key, bucket.checksum)] = bucket.code

    def load_bytecode(self, bucket: Bucket) -> None:
        """Nothing is loaded from elsewhere."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing is written elsewhere."""


def _builders() -> Callable[[Rule, bool], Callable[..., tuple[str, str]]]:
    """The functions that write addresses: a rule's text says all of one, unless it has defaults."""
    make, made = Rule._compile_builder, dict[tuple[object, ...], Callable[..., tuple[str, str]]]()

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return make(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    return remembered


def _catalogues() -> Callable[[Path], Any]:
    """The catalogues of the shipped folder; those of a test's own folder are read each time, since it may change them."""
    read = languages._complete_catalogues
    shipped = lru_cache(read)
    own = Path(__file__).resolve().parents[2] / "templates" / "locale"
    return lambda folder: shipped(folder) if folder == own else read(folder)
