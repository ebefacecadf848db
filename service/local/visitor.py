"""As much of a reader's browser as a journey needs; refuses to run scripts, follow redirects or keep cookies."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

_TIMEOUT = 20.0


class UnreachableError(Exception):
    """Nobody answered at the address."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is sent by POST: where to, and what it sends without being asked."""

    action: str
    hidden: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    url: str
    status: int
    text: str

    def post_form(self) -> Form | None:
        """The first form on the page that is sent by POST."""
        reader = _Forms()
        reader.feed(self.text)
        for action, hidden in reader.found:
            return Form(urljoin(self.url, action), hidden)
        return None


def get(url: str, *, patience: float = _TIMEOUT) -> Page:
    """Opens an address."""
    return _ask("GET", url, None, patience)


def post(url: str, fields: Mapping[str, str]) -> Page:
    """Sends fields to an address."""
    return _ask("POST", url, urlencode(fields))


def _ask(method: str, url: str, body: str | None, patience: float = _TIMEOUT) -> Page:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=patience)
    try:
        connection.request(method, target or "/", body, headers)
        answer = connection.getresponse()
        return Page(url, answer.status, answer.read().decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{url} did not answer: {error}.") from error
    finally:
        connection.close()


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = has.get("method", "").lower() == "post"
            if self._inside:
                self.found.append((has.get("action", ""), {}))
        elif tag == "input" and self._inside and has.get("type", "").lower() == "hidden" and has.get("name"):
            self.found[-1][1][has["name"]] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
