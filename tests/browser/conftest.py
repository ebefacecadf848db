"""One browser for all tests of a process; a fresh site for each test, whose pages must not reach out or complain."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from service.bootstrap import Service
from tests.browser.site import Site, serve


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a page looks like does not depend on the database: one is enough."""
    return sqlite_url


@pytest.fixture
def site(service: Service, browser: Browser) -> Iterator[Site]:
    with serve(service) as site:
        yield site
        for context in browser.contexts:
            context.close()
    assert site.strangers == []
    assert site.complaints == []
