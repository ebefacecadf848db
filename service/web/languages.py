"""Which languages the pages speak, and which one a request gets; refuses to offer one that lacks words or letters."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException

from service.web.door import Door

log: Final = logging.getLogger(__name__)

ENGLISH: Final = "en"
DOMAIN: Final = "messages"
LOOK_AGAIN: Final = timedelta(seconds=10)
"""How long an answer of the database is believed: every page asks, and programmes are loaded rarely."""

KEPT: Final = ("country",)
"""What a page may be asked for beside its language, and keeps when the language is changed."""

NO_WORDS: Final = frozenset({"static", "leave"})
"""Addresses that say nothing in any language."""

_NAME: Final = "mendletter.languages"


@dataclass(frozen=True, slots=True)
class Tongue:
    """A link to the same page in another language."""

    code: str
    name: str
    href: str


class Languages:
    """The catalogues of a folder, and the languages of the programmes: what is in both is offered, and English always."""

    def __init__(self, folder: Path, door: Door, wall: Callable[[], datetime]) -> None:
        self.catalogues = _complete_catalogues(folder)
        self._door = door
        self._wall = wall
        self._offered: tuple[str, ...] = (ENGLISH,)
        self._looked_at: datetime | None = None

    def offered(self) -> tuple[str, ...]:
        """The languages that can be asked for. While the database is away, the ones that were offered before."""
        wall = self._wall()
        if self._looked_at is None or abs(wall - self._looked_at) >= LOOK_AGAIN:
            self._offered, self._looked_at = self._ask(), wall
        return self._offered

    def _ask(self) -> tuple[str, ...]:
        try:
            spoken = frozenset(self._door.languages()) if len(self.catalogues) > 1 else frozenset()
        except Exception as error:  # whatever the driver raises: the help page must be there all the same
            log.warning("which languages the programmes have is not known: %s", type(error).__name__)
            return self._offered
        return (ENGLISH, *(code for code in self.catalogues if code in spoken and code != ENGLISH))


def mount(app: Flask, languages: Languages) -> None:
    """Let templates speak the language of the request, and links carry it where the next request would not ask for it."""
    app.extensions[_NAME] = languages
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.context_processor(_for_templates)
    app.url_defaults(_carry)


def gettext(text: str) -> str:
    """A sentence in the language of the request; as it is, where there is no request or no translation."""
    return str(_translations().gettext(text))


def ngettext(one: str, many: str, number: int) -> str:
    """The same for a sentence with a number in it."""
    return str(_translations().ngettext(one, many, number))


def current() -> str:
    """The language of the request: what its address asks for, what its page prefers, what its form or its browser says."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        g.language = _asked() or _typed() or _usual()
    return str(g.language)


def prefer(language: str) -> None:
    """Speak the reader's own language, on a page that knows its reader. What the address asks for still comes first."""
    spoken = _nearest(language, _languages().catalogues)
    if spoken and not _asked():
        g.language = spoken


def locale() -> Locale:
    """How dates are written in the language of the request."""
    return Locale.parse(current(), sep="-")


def kept() -> str:
    """The language that links and forms must carry; empty where the browser asks for it by itself."""
    return "" if current() == _usual() else current()


def others() -> list[Tongue]:
    """Links to this page in the other languages. There are none on the answer to a button: it cannot be asked for again."""
    if request.method not in ("GET", "HEAD"):
        return []
    query = {name: request.args[name] for name in KEPT if name in request.args}
    codes = (code for code in _languages().offered() if code != current())
    return [Tongue(code, _own_name(code), "?" + urlencode({**query, "lang": code})) for code in codes]


def choices() -> list[tuple[str, str]]:
    """The languages that can be asked for, each as its speakers call it."""
    return [(code, _own_name(code)) for code in _languages().offered()]


def _languages() -> Languages:
    found: Languages = current_app.extensions[_NAME]
    return found


def _translations() -> NullTranslations:
    if not has_request_context():
        return NullTranslations()
    return _languages().catalogues.get(current()) or NullTranslations()


def _asked() -> str | None:
    """What the address asks for, if that is offered."""
    return _offered(request.args.get("lang"))


def _typed() -> str | None:
    """The language of the page that a form was filled in on."""
    try:
        return _offered(request.form.get("language"))
    except HTTPException:  # a body that is too large, whose refusal is just being written
        return None


def _usual() -> str:
    """What the browser asks for, the most wanted first. `es-MX` is Spanish too."""
    offered = _languages().offered()
    wanted = (_nearest(code, offered) for code, quality in request.accept_languages if quality > 0)
    return next(filter(None, wanted), ENGLISH)


def _nearest(code: str, offered: Collection[str]) -> str | None:
    """The language itself among those that there are, or the same in another country."""
    asked = code.lower()
    by_code = {one.lower(): one for one in offered}
    by_root = {one.partition("-")[0]: by_code[one] for one in sorted(by_code, reverse=True)}
    return by_code.get(asked) or by_root.get(asked.partition("-")[0])


def _offered(code: str | None) -> str | None:
    return code if code in _languages().offered() else None


def _for_templates() -> dict[str, object]:
    if not has_request_context():
        return {"language": ENGLISH, "direction": "ltr", "kept_language": "", "other_languages": []}
    return {"language": current(), "direction": locale().text_direction, "kept_language": kept(), "other_languages": others()}


def _carry(endpoint: str, values: dict[str, object]) -> None:
    """Add the language to a link. Other rooms' pages, which are blueprints, see to themselves.

    What stands behind a token may know its reader, and with them the language: it needs one only if another was asked for.
    """
    if not has_request_context() or ("token" in values and not _asked()):
        return
    if endpoint not in NO_WORDS and "." not in endpoint and kept():
        values.setdefault("lang", kept())


def _own_name(code: str) -> str:
    """A language as its speakers call it, as one writes it alone on a line."""
    name = str(Locale.parse(code, sep="-").get_display_name())
    return name[:1].upper() + name[1:]


def _complete_catalogues(folder: Path) -> Mapping[str, NullTranslations]:
    """The translations of a folder that lack nothing, by language; English, which needs none, first."""
    found: dict[str, NullTranslations] = {ENGLISH: NullTranslations()}
    needed = _needed(folder / f"{DOMAIN}.pot")
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        code = path.parents[1].name.replace("_", "-")
        with path.open("rb") as file:
            missing = needed - _ids(read_mo(file))
        if missing:
            log.warning("the pages are not offered in %s: %d of their sentences are not translated", code, len(missing))
            continue
        with path.open("rb") as file:
            found[code] = Translations(file, DOMAIN)
    return found


def _needed(path: Path) -> frozenset[object]:
    if not path.exists():
        return frozenset()
    with path.open("rb") as file:
        return _ids(read_po(file))


def _ids(catalog: Catalog) -> frozenset[object]:
    return frozenset(message.id for message in catalog if message.id)
