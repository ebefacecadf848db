"""The page behind the link to everything we keep: to read here, or as a file; refuses to show it twice for one link."""

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, make_response, render_template, request

from service.actions.exports import AGAIN_FOR
from service.web import errors, kept, languages, stamps
from service.web.grave_door import GraveDoor
from service.web.reader_room import is_from_elsewhere, old_link, stamp

if TYPE_CHECKING:
    from service.bootstrap import Service

FILE: Final = "notes.json"
"""A name that says nothing in a folder of downloads."""


class ExportPage:
    """`GET|POST /x/<token>`."""

    def __init__(self, service: "Service", door: GraveDoor) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        app.add_url_rule("/x/<token>", "export", self.show)
        app.add_url_rule("/x/<token>", "exported", self.take, methods=["POST"])

    def show(self, token: str) -> Response:
        """The two ways to have it."""
        language = self.door.look_at_export(token)
        if language is None:
            return old_link()
        languages.prefer(language)
        return make_response(render_template("export.html", stamp=stamp(self.service, token)))

    def take(self, token: str) -> Response:
        """Give it. A page that was just shown can have the file too."""
        if is_from_elsewhere(self.service, token):
            return errors.page(403)
        export = self.door.take_export_again(token) if self._was_shown(token) else self.door.take_export(token)
        if export is None:
            return old_link()
        if request.form.get("format") == "json":
            return _file(export)
        languages.prefer(str(export["you"]["language"]))
        shown = stamps.stamp(self.service.keys.secrets, _purpose(token), self.service.wall())
        values = {"sections": kept.sections(export), "shown": shown, "stamp": stamp(self.service, token)}
        return make_response(render_template("exported.html", **values))

    def _was_shown(self, token: str) -> bool:
        secrets, field = self.service.keys.secrets, request.form.get("shown", "")
        return stamps.holds(secrets, _purpose(token), field, wall=self.service.wall(), within=AGAIN_FOR)


def _file(export: dict[str, Any]) -> Response:
    response = Response(json.dumps(export, ensure_ascii=False, indent=2) + "\n", content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def _purpose(token: str) -> str:
    return "shown " + hashlib.sha256(token.encode()).hexdigest()
