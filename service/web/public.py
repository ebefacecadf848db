"""Addresses that belong to nobody: the way out, and what a monitor asks; refuses to know who comes by."""

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from service.web import limits
from service.web.door import Door

if TYPE_CHECKING:
    from service.bootstrap import Service

OLDEST_TICK: Final = 60.0
"""Seconds after which a clock that ticks every second counts as stopped."""


class PublicPages:
    """`/exit`, `/healthz`, `/readyz`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/exit", "leave", self.leave)
        app.add_url_rule("/healthz", "healthz", self.healthz)
        app.add_url_rule("/readyz", "readyz", self.readyz)

    def leave(self) -> AnyResponse:
        """Go to the page that the operator chose, and leave nothing of ours behind (S-2)."""
        response = redirect(self.service.exit_url, 303)
        response.headers["Clear-Site-Data"] = '"cookies", "storage"'
        return response

    def healthz(self) -> Response:
        """This process is alive."""
        return jsonify(alive=True)

    def readyz(self) -> Response:
        """Whether everything that letters need is there: the database, Redis, and a clock that ticks."""
        database, age = self.door.tick_age()
        redis = limits.ping(self.service.redis_url)
        clock = age is not None and age <= OLDEST_TICK
        ready = database and redis and clock
        response = jsonify(ready=ready, database=database, redis=redis, clock=clock, last_tick_seconds=age)
        response.status_code = 200 if ready else 503
        return response
