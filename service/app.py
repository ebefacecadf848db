"""The web door: makes the Flask app that gunicorn runs; refuses to hold a page of its own."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from service.bootstrap import Service, assemble
from service.local.inbox_page import inbox_blueprint
from service.settings import Settings, load
from service.web import pages


def create_app(settings: Settings | None = None) -> Flask:
    """The whole web process, from the environment or from given settings."""
    settings = settings or load()
    return build(assemble(settings), inbox_folder=settings.inbox_folder)


def build(service: Service, *, inbox_folder: Path | None = None) -> Flask:
    """An app around a service that is already there."""
    app = Flask("service.web", template_folder=str(pages.TEMPLATES), static_folder=str(pages.STATIC))
    if service.trusted_proxies > 0:
        hops = service.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    pages.mount(app, service)
    if inbox_folder:
        app.register_blueprint(inbox_blueprint(inbox_folder), url_prefix="/inbox")
    return app
