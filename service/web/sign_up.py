"""The first page and its form; refuses to say whether it knew the address (O-1)."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request
from markupsafe import Markup

from service.domain.addresses import truncated_ip
from service.domain.consents import Proof
from service.domain.subscribers import DAYS
from service.store.sequences import ProgrammeRow
from service.web import errors, sign_up_form, stamps, words, zones
from service.web.door import Door
from service.web.sign_up_form import Typed

if TYPE_CHECKING:
    from service.bootstrap import Service

OPEN_FOR: Final = timedelta(hours=24)
LANGUAGE: Final = "en"
STALE: Final = "This page was open for a long time. Please press the button again."


class SignUpPages:
    """`GET /` and `POST /subscribe`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door
        self._options = ""

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/", "sign_up", self.show)
        app.add_url_rule("/subscribe", "subscribe", self.subscribe, methods=["POST"])

    def show(self) -> Response:
        """The sign-up page."""
        programmes = self._programmes()
        return self._page(programmes, Typed()) if programmes else self._closed(200)

    def subscribe(self) -> Response:
        """Take a sign-up. The same answer for every address."""
        programmes = self._programmes()
        if not programmes:
            return self._closed(403)
        typed = sign_up_form.read(request.form)
        if typed.form is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return errors.page(403)
        raw_email = request.form.get("email", "")
        checked = sign_up_form.check(typed, raw_email, [row.slug for row in programmes], LANGUAGE)
        if checked.sign_up is None:
            return self._page(programmes, typed, checked.errors)
        if typed.form is not None and not self._fresh(typed.form, programmes):
            return self._page(programmes, typed, {"form": STALE})
        self.door.ask(checked.sign_up, self._proof(programmes))
        return make_response(render_template("sent.html", address=typed.email.strip()))

    def _programmes(self) -> list[ProgrammeRow]:
        return self.door.programmes() if self.service.sign_up_open else []

    def _consent(self, programmes: list[ProgrammeRow]) -> str:
        keeper = self.service.site.organisation or self.service.site.name
        return words.consent(keeper, [row.pace_days for row in programmes])

    def _proof(self, programmes: list[ProgrammeRow]) -> Proof:
        here = f"{self.service.site.base_url}/"
        return Proof(self._consent(programmes), here, truncated_ip(request.remote_addr or ""))

    def _purpose(self, programmes: list[ProgrammeRow]) -> str:
        """Bound to the text that was shown: if it changes while a page is open, the page is shown once more."""
        return "sign-up " + hashlib.sha256(self._consent(programmes).encode()).hexdigest()

    def _fresh(self, form: str, programmes: list[ProgrammeRow]) -> bool:
        secrets, purpose = self.service.keys.secrets, self._purpose(programmes)
        return stamps.holds(secrets, purpose, form, wall=self.service.wall(), within=OPEN_FOR)

    def _page(self, programmes: list[ProgrammeRow], typed: Typed, wrong: dict[str, str] | None = None) -> Response:
        form = stamps.stamp(self.service.keys.secrets, self._purpose(programmes), self.service.wall())
        body = render_template(
            "sign_up.html",
            programmes=programmes,
            typed=typed,
            errors=wrong or {},
            sent=wrong is not None,
            form=form,
            consent=self._consent(programmes),
            days=DAYS,
            day_hours=sign_up_form.DAY_HOURS,
            late_hours=sign_up_form.LATE_HOURS,
            zones=self._zones(typed.zone),
        )
        return make_response(body, 422 if wrong else 200)

    def _zones(self, chosen: str) -> Markup:
        """The options of the zone select, with one chosen. They are many, so they are written once and kept."""
        self._options = self._options or render_template("zones.html", regions=zones.by_region())
        value = f'value="{zones.known(chosen) or zones.DEFAULT}"'
        return Markup(self._options.replace(value, f"{value} selected", 1))  # noqa: S704  a template wrote it

    def _closed(self, code: int) -> Response:
        return make_response(render_template("closed.html"), code)
