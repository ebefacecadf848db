"""Leaflets: calm answers, safer devices and mail, a letter to read first; refuses to ask whoever reads them anything."""

from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template, url_for

from service.mail.words import words_for
from service.web import errors, languages, letter_page
from service.web.door import Door

if TYPE_CHECKING:
    from service.bootstrap import Service


class LeafletPages:
    """`/worries`, `/safer` and `/sample`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.door = door
        self.service = service

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/worries", "worries", self.worries)
        app.add_url_rule("/safer", "safer", self.safer)
        app.add_url_rule("/sample", "sample", self.sample)

    def worries(self) -> Response:
        """Questions that come up often. Each is closed until it is opened."""
        return make_response(render_template("worries.html"))

    def safer(self) -> Response:
        """Devices, mail, passwords, papers: what can make them safer, and what to think of first."""
        return make_response(render_template("safer.html"))

    def sample(self) -> Response:
        """One letter as a reader gets it, in its discreet form: that is how letters come unless somebody asks otherwise."""
        sample = self.door.sample(languages.current())
        if sample is None:
            return errors.page(404)
        letter = letter_page.show(
            sample.text,
            language=sample.language,
            discreet=True,
            phase=sample.phase,
            values=self._values(sample.language),
            level=2,
            weekly=sample.weekly,
        )
        body = render_template("sample.html", sample=sample, letter=letter, may_sign_up=self.service.sign_up_open)
        return make_response(body)

    def _values(self, language: str) -> dict[str, str]:
        return {
            "next_date": words_for(language).another_day,
            "help_link": url_for("help"),
            "safer_link": url_for("safer"),
        }
