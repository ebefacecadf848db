"""What holds for every address of the web room: headers, no cookie, HEAD, pages for errors, quiet logs."""

import logging
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.web.stand_in import StandInDoor, StandInService, make_app

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
BEHIND_A_TOKEN = ("/c/", "/u/", "/n/", "/p/", "/e/", "/r/", "/x/", "/a/", "/review/")
READ = ("/worries", "/safer", "/sample", "/about", "/privacy", "/community")
TOPIC = re.compile(r"abuse|violence|survivor|toxic|leaving|trauma|heal|hurt|relationship|\bex\b", re.IGNORECASE)


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every method and address of the app, with made-up tokens and file names."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub("<(path:)?token>", "open", rule.rule).replace("<path:filename>", "paper.css").replace("<int:note>", "5")
        assert "<" not in path, f"a new kind of address, teach this test: {path}"
        found += [(method, path) for method in sorted(rule.methods or ())]
    return [
        *found,
        ("GET", "/nowhere"),
        ("PUT", "/"),
        ("GET", "/subscribe"),
        ("GET", "/static/nothing.css"),
        ("DELETE", "/u/x"),
    ]


def assert_safe(answer: TestResponse) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"] == "browsing-topics=(), geolocation=(), camera=(), microphone=()"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers


def test_every_answer_has_the_safety_headers_and_no_cookie(app: Flask, client: FlaskClient) -> None:
    for method, path in addresses(app):
        answer = client.open(path, method=method, buffered=True)
        assert_safe(answer)
        assert "Strict-Transport-Security" not in answer.headers
        assert ("X-Robots-Tag" in answer.headers) == path.startswith(BEHIND_A_TOKEN), path


def test_hsts_is_said_under_https_only() -> None:
    service = StandInService(https=True)
    answer = make_app(service, StandInDoor(service)).test_client().get("/nowhere")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_head_answers_like_get_without_a_body(app: Flask, client: FlaskClient) -> None:
    for method, path in addresses(app):
        if method == "GET":
            full, head = client.get(path, buffered=True), client.head(path, buffered=True)
            assert head.status_code == full.status_code, path
            assert head.data == b""
            assert head.headers["Content-Type"] == full.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/", "/help", *READ, "/c/open", "/c/done", "/c/expired", "/c/nothing", "/u/x", "/nowhere"])
def test_titles_and_headings_name_no_topic(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    said = re.findall(r"<title>(.*?)</title>|<h1[^>]*>(.*?)</h1>", page)
    assert len(said) == 2
    assert not TOPIC.search(" ".join(title or heading for title, heading in said))
    assert re.search(r"<title>.* – Weekly notes</title>", page)


@pytest.mark.parametrize("path", ["/", "/help", *READ, "/c/open", "/c/done", "/c/nothing", "/u/x", "/nowhere"])
def test_every_page_begins_with_the_skip_link_and_the_way_out(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    links = re.findall(r"<a [^>]*>", page.partition("<body>")[2])
    assert 'href="#main"' in links[0]
    assert '<a class="skip skip-out" href="/exit" rel="nofollow noreferrer">' in links[1]
    assert '<a class="exit" href="/exit" rel="nofollow noreferrer">' in links[2]
    assert '<span class="hidden">Emergency </span>Exit this page</a>' in page
    assert page.count('<script src="/static/exit.js" defer></script>') == 1


def test_pages_ask_nothing_of_other_sites(client: FlaskClient) -> None:
    for path in ("/", "/help", *READ, "/c/open", "/u/x"):
        page = client.get(path).text
        assert not re.search(r"""(?:src|srcset|action)=["']?(?:https?:)?//""", page)
        assert not re.search(r"<link[^>]*(?:https?:)?//", page)
        assert "style=" not in page
        for link in re.findall(r'<a [^>]*href="https?://[^>]*>', page):
            assert 'rel="noreferrer"' in link


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_every_error_is_a_page_in_the_same_voice(app: Flask, code: int) -> None:
    def fail() -> str:
        error = HTTPException()
        error.code = code
        raise error

    app.add_url_rule("/fail", "fail", fail)
    answer = app.test_client().get("/fail")
    assert answer.status_code == code
    assert_safe(answer)
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text
    if code >= 500:
        assert "Something went wrong on our side. Nothing was changed. Please try again in a minute." in answer.text


def test_a_wrong_method_still_says_which_are_right(client: FlaskClient) -> None:
    answer = client.get("/subscribe")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_trouble_is_a_page_and_the_log_names_neither_address_nor_token_nor_query(
    client: FlaskClient, door: StandInDoor, caplog: pytest.LogCaptureFixture
) -> None:
    door.broken = True
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/?email=asked@example.net")
    assert answer.status_code == 500
    assert "Something went wrong on our side." in answer.text
    assert_safe(answer)
    assert "RuntimeError in GET sign_up" in caplog.text
    for secret in ("reader@example.org", "asked@example.net", "could not connect"):
        assert secret not in caplog.text
        assert secret not in answer.text


def test_double_slashes_are_not_redirected(client: FlaskClient) -> None:
    for path in ("/u//x", "//u/x", "/u/x/"):
        assert client.post(path).status_code in (200, 404), path
