"""The help page, with support lines by country; refuses to guess where somebody is, and to show a number nobody checked."""

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request

from service.domain import support
from service.domain.support import Country, LineType
from service.web import words

if TYPE_CHECKING:
    from service.bootstrap import Service

FOR: Final = {
    LineType.EMERGENCY: "In danger now",
    LineType.ABUSE: "When someone close hurts or controls you",
    LineType.SUICIDE: "When you think about ending your life",
    LineType.MEN: "For men",
    LineType.LGBT: "For LGBT+ people",
    LineType.UNDER_18: "For people under 18",
    LineType.DEAF: "For Deaf people",
}
"""Whom a line is for, as the page says it."""


class HelpPage:
    """`/help` and `/help?country=GB`."""

    def __init__(self, service: "Service") -> None:
        self.demo = service.demo
        self.countries = support.for_readers(service.support_lines, demo=service.demo)

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        app.add_url_rule("/help", "help", self.show)

    def show(self) -> Response:
        """Where a person can be found, safer mail and devices, and what the notes are."""
        chosen = self._chosen(request.args.get("country", ""))
        body = render_template(
            "help.html", countries=self.countries, chosen=chosen, demo=self.demo, purposes=FOR, day=words.day
        )
        return make_response(body)

    def _chosen(self, code: str) -> Country | None:
        """The country that was asked for; None, and with it all of them, for one that we have no lines for."""
        return next((country for country in self.countries if country.code == code.strip().upper()), None)
