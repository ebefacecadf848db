"""The help page, with support lines by country; refuses to guess where somebody is, and to show a number nobody checked."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request

from service.domain import support
from service.domain.support import Country, LineType
from service.web import words
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

FOR: Final = {
    LineType.EMERGENCY: mark("In danger now"),
    LineType.ABUSE: mark("When someone close hurts or controls you"),
    LineType.SUICIDE: mark("When you think about ending your life"),
    LineType.MEN: mark("For men"),
    LineType.LGBT: mark("For LGBT+ people"),
    LineType.UNDER_18: mark("For people under 18"),
    LineType.DEAF: mark("For Deaf people"),
}
"""Whom a line is for, as the page says it."""


class HelpPage:
    """`/help` and `/help?country=GB`."""

    def __init__(self, service: "Service") -> None:
        self.demo = service.demo
        self.service = service

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        app.add_url_rule("/help", "help", self.show)

    def show(self) -> Response:
        """Where a person can be found, safer mail and devices, and what the notes are."""
        countries, purposes = in_words(shown(self.service)), purposes_in_words()
        chosen = _chosen(countries, request.args.get("country", ""))
        body = render_template("help.html", countries=countries, chosen=chosen, demo=self.demo, purposes=purposes)
        return make_response(body)


def shown(service: "Service") -> tuple[Country, ...]:
    """The countries whose lines may be shown, as they were checked last."""
    return support.for_readers(service.support_lines, demo=service.demo)


def in_words(countries: Iterable[Country]) -> list[Country]:
    """Countries as the page calls them, in the order of these names."""
    named = [replace(country, name=words.country(country.code, country.name)) for country in countries]
    return sorted(named, key=lambda country: words.for_sorting(country.name))


def purposes_in_words() -> dict[LineType, str]:
    """Whom each kind of line is for, in the language of the page."""
    return {kind: say(text) for kind, text in FOR.items()}


def _chosen(countries: list[Country], code: str) -> Country | None:
    """The country that was asked for; None, and with it all of them, for one that we have no lines for."""
    return next((country for country in countries if country.code == code.strip().upper()), None)
