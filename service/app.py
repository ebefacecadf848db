"""The web door: makes the Flask app that gunicorn runs; refuses to hold a page of its own."""

import logging
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from service.bootstrap import Service, assemble
from service.local.inbox_page import inbox_blueprint
from service.settings import Settings, SettingsError, load
from service.store import enrolments
from service.web import pages
from service.web.accounts import pages as account_pages
from service.web.admin import pages as desk_pages
from service.web.admin.desk import Seats
from service.web.own_pages import OwnPageError

BOOT_ERROR: Final = 3
"""The exit code by which gunicorn knows that starting again is no use."""

log: Final = logging.getLogger("mendletter.web")


def create_app(settings: Settings | None = None) -> Flask:
    """The whole web process, from the environment or from given settings. Wrong settings end it with a line each."""
    if settings is not None:
        return _from(settings)
    try:
        return _from(load())
    except (SettingsError, OwnPageError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(BOOT_ERROR) from None


def build(
    service: Service,
    *,
    templates: Path = pages.TEMPLATES,
    inbox_folder: Path | None = None,
    seats: Callable[[Flask, Service], Seats] = account_pages.mount,
) -> Flask:
    """An app around a service that is already there. A test may say who sits at the desk."""
    app = Flask("service.web", template_folder=str(templates), static_folder=str(pages.STATIC))
    if service.trusted_proxies > 0:
        hops = service.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    pages.mount(app, service)
    desk_pages.mount(app, service, seats(app, service))
    if inbox_folder:
        app.register_blueprint(inbox_blueprint(inbox_folder, next_due=lambda: _next_due(service)))
    return app


def _next_due(service: Service) -> datetime | None:
    """When the demo's next letter comes."""
    with service.read() as session:
        return enrolments.next_due_at(session)


def _from(settings: Settings) -> Flask:
    service = assemble(settings)
    try:
        service.check_keys()
    except SQLAlchemyError as error:
        # Pages may start before their database; worker and clock wait for it and look at the keys before anything leaves.
        log.warning("the database does not answer yet: %s", type(error).__name__)
    return build(service, templates=settings.templates / "web", inbox_folder=settings.inbox_folder)
