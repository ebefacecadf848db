"""Shows what the local inbox got, in a browser; refuses to change a message or to trust what it says."""

import hmac
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from service.local import next_letter, search
from service.local.ledger import Entry, eml, entries
from service.local.received import Received
from service.mail.framed import COLOURS, framed, has_dark_rules

NextDue = Callable[[], datetime | None]

log: Final = logging.getLogger(__name__)

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "web"
_PAGE = 50
_SEQ = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_TABS = ("html", "text", "headers", "source")
_FRAMES = ("phone", "desktop")

_PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FRAME_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with its line in the ledger."""

    entry: Entry
    mail: Received

    @property
    def when(self) -> str:
        """The Date header for people, always with its zone."""
        date = self.mail.date
        if date is None:
            return "No date"
        offset = f"{date:%z}"
        zone = f"UTC{offset[:3]}:{offset[3:5]}" if offset.strip("+-0") else "UTC"
        return f"{date:%a} {date.day} {date:%b} {date.year}, {date:%H:%M} {zone}"


def inbox_blueprint(folder: Path, *, next_due: NextDue | None = None) -> Blueprint:
    """The pages under /inbox for one folder of messages.

    `next_due` says when the next letter is due. It comes with a runner that can move the calendar there; without it there is
    no button for that.
    """
    pages = Blueprint("inbox", __name__, url_prefix="/inbox", template_folder=str(_TEMPLATES), static_folder="static")
    button = Button(folder.parent, next_due) if next_due else None
    inbox = Inbox(folder, button)
    pages.add_url_rule("/", "listing", inbox.listing)
    pages.add_url_rule("/<seq>", "message", inbox.message, defaults={"tab": "html"})
    pages.add_url_rule("/<seq>/<any(text, headers, source):tab>", "message", inbox.message)
    pages.add_url_rule("/<seq>/html", "framed", inbox.framed)
    if button:
        pages.add_url_rule("/next-letter", "next_letter", button.press, methods=["POST"])
    pages.register_error_handler(403, _refused)
    pages.register_error_handler(404, _missing)
    pages.after_request(_guard)
    return pages


class Button:
    """The button that wishes for the next letter."""

    def __init__(self, folder: Path, next_due: NextDue) -> None:
        self._folder, self._next_due = folder, next_due
        self.field: Final = secrets.token_urlsafe(16)
        """Sent with the form: another site, which cannot read the page, does not know it."""

    def press(self) -> Answer:
        """Write the wish down. The runner sees it within a second; where it leads, the list says."""
        if not (_from_here() and hmac.compare_digest(request.form.get("field", "").encode(), self.field.encode())):
            abort(403)
        due = self.due()
        if due:
            next_letter.wish(self._folder, due)
        return redirect(url_for("inbox.listing"), 303)

    def due(self) -> datetime | None:
        """When the next letter is due. The inbox can be read though the database cannot."""
        try:
            return self._next_due()
        except Exception as error:  # whatever the driver raises, there is no date to move to
            log.warning("the next letter's date could not be read: %s", type(error).__name__)
            return None

    def wished(self) -> next_letter.Wish | None:
        """The wish that is on its way."""
        return next_letter.wished(self._folder)


class Inbox:
    """The list and the messages."""

    def __init__(self, folder: Path, button: Button | None) -> None:
        self._folder, self._button = folder, button

    def listing(self) -> str:
        """The newest messages, or those before one, or those that hold some words."""
        taken = list(entries(self._folder))
        words = search.wording(request.args.get("q", ""))
        found = list(search.matching(self._folder, taken, words)) if words else taken
        before = _number(request.args.get("before", ""))
        older = [entry for entry in found if before is None or entry.seq < before]
        return render_template(
            "inbox/list.html",
            shown=[one for entry in reversed(older[-_PAGE:]) if (one := self._open(entry))],
            total=len(taken),
            count=len(found),
            words=words or None,
            longest=search.LONGEST,
            before=before,
            next_page=older[-_PAGE].seq if len(older) > _PAGE else None,
            button=self._button,
            wish=self._button and self._button.wished(),
            on_button=next_letter.BUTTON,
            spoken=next_letter.spoken,
        )

    def message(self, seq: str, tab: str) -> str:
        """One message, in one of four ways."""
        shown, newer, older = self._find(seq)
        html = shown.mail.html
        frame, colours = _one_of(_FRAMES, "frame") or _FRAMES[0], _one_of(COLOURS, "colours")
        return render_template(
            "inbox/message.html",
            shown=shown,
            newer=newer,
            older=older,
            tab=tab,
            tabs=_TABS,
            source=shown.mail.content.decode("utf-8", "replace") if tab == "source" else "",
            frame=frame,
            frames=_FRAMES,
            colours=colours,
            all_colours=(None, *COLOURS),
            dark_rules=html is not None and has_dark_rules(html),
            view={"frame": frame if frame != _FRAMES[0] else None, "colours": colours},
        )

    def framed(self, seq: str) -> Response:
        """The letter alone, as the frame shows it."""
        html = self._find(seq)[0].mail.html
        if html is None:
            abort(404)
        answer = Response(framed(html, _one_of(COLOURS, "colours") or ""), content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _FRAME_CSP
        return answer

    def _find(self, seq: str) -> tuple[Shown, int | None, int | None]:
        """A message with the numbers of the next newer and the next older one."""
        taken, number = list(entries(self._folder)), _number(seq)
        place = next((place for place, entry in enumerate(taken) if entry.seq == number), None)
        shown = None if place is None else self._open(taken[place])
        if place is None or shown is None:
            abort(404)
        newer = taken[place + 1].seq if place + 1 < len(taken) else None
        return shown, newer, taken[place - 1].seq if place else None

    def _open(self, entry: Entry) -> Shown | None:
        try:
            return Shown(entry, Received(eml(self._folder, entry.seq).read_bytes()))
        except OSError:  # somebody tidied the folder
            return None


def _one_of(choices: tuple[str, ...], name: str) -> str | None:
    wished = request.args.get(name)
    return wished if wished in choices else None


def _number(text: str) -> int | None:
    return int(text) if _SEQ.fullmatch(text) else None


def _from_here() -> bool:
    """Whether the form was sent by a page of this site, as far as the browser says. Our Referrer-Policy makes it `null`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "null") in ("null", request.host_url.rstrip("/"))


def _missing(_error: Exception) -> tuple[str, int]:
    return render_template("inbox/missing.html"), 404


def _refused(_error: Exception) -> Response:
    return make_response(render_template("inbox/refused.html"), 403)


def _guard(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _PAGE_CSP)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
