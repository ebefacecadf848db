"""The tour of the desk leaves out no page: what is not looked at is named, with its reason."""

from flask import Flask

from service.bootstrap import Service
from tests.browser.desk_tour import DeskTour

PARTS_OF_PAGES = frozenset(
    {
        *("desk_batch_audience_count", "desk_batch_progress", "desk_batch_when_words"),
        *("desk_letter_frame", "desk_machine_letter"),
    }
)
"""Pieces that htmx fetches, and the frame with a letter in it."""

NEEDS_MORE = frozenset({"desk_batch_move", "desk_import_one"})
"""Pages that want a scheduled batch or a list that was brought: looked at by the tests of those pages."""


def test_every_page_of_the_desk_is_on_the_tour(app: Flask, service: Service) -> None:
    ours = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("desk_") and "GET" in (rule.methods or ())
    }
    desk = DeskTour(service, "", 1, 1, 1, 1, 1, "0" * 16)
    routes = app.url_map.bind("localhost")
    toured = {routes.match(path.partition("?")[0], method="GET")[0] for path in desk.paths().values()}
    assert ours - toured == PARTS_OF_PAGES | NEEDS_MORE
