"""Shows what the local inbox got, in a browser; refuses to change anything or to trust what a message says."""

import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request

from service.local.ledger import Entry, eml, entries
from service.local.received import Received

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "web"
_PAGE = 50
_SEQ = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_TABS = ("html", "text", "source", "headers")

_PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FRAME_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)
_BASE = '<base target="_blank">'


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


def inbox_blueprint(folder: Path) -> Blueprint:
    """The pages under /inbox for one folder of messages."""
    pages = Blueprint("inbox", __name__, url_prefix="/inbox", template_folder=str(_TEMPLATES), static_folder="static")

    @pages.get("/")
    def listing() -> str:
        taken = list(entries(folder))
        before = _number(request.args.get("before", ""))
        older = [entry for entry in taken if before is None or entry.seq < before]
        shown = [one for entry in reversed(older[-_PAGE:]) if (one := _open(folder, entry))]
        next_page = older[-_PAGE].seq if len(older) > _PAGE else None
        return render_template("inbox/list.html", shown=shown, total=len(taken), before=before, next_page=next_page)

    @pages.get("/<seq>", defaults={"tab": "html"})
    @pages.get("/<seq>/<any(text, source, headers):tab>")
    def message(seq: str, tab: str) -> str:
        shown = _find(folder, seq)
        return render_template("inbox/message.html", shown=shown, tab=tab, tabs=_TABS, source=_source(shown, tab))

    @pages.get("/<seq>/html")
    def framed(seq: str) -> Response:
        html = _find(folder, seq).mail.html
        if html is None:
            abort(404)
        answer = Response(with_new_tabs(html), content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _FRAME_CSP
        return answer

    @pages.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("inbox/missing.html"), 404

    pages.after_request(_guard)
    return pages


def with_new_tabs(html: str) -> str:
    """The HTML of a letter, whose links open beside the inbox and not inside its frame."""
    for opening in (r"<head\b[^>]*>", r"<html\b[^>]*>", r"<!doctype\b[^>]*>"):
        if found := re.search(opening, html, re.IGNORECASE):
            return html[: found.end()] + _BASE + html[found.end() :]
    return _BASE + html


def _find(folder: Path, seq: str) -> Shown:
    number = _number(seq)
    entry = next((entry for entry in entries(folder) if entry.seq == number), None)
    shown = entry and _open(folder, entry)
    if not shown:
        abort(404)
    return shown


def _open(folder: Path, entry: Entry) -> Shown | None:
    try:
        return Shown(entry, Received(eml(folder, entry.seq).read_bytes()))
    except OSError:  # somebody tidied the folder
        return None


def _number(text: str) -> int | None:
    return int(text) if _SEQ.fullmatch(text) else None


def _source(shown: Shown, tab: str) -> str:
    return shown.mail.content.decode("utf-8", "replace") if tab == "source" else ""


def _guard(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _PAGE_CSP)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
