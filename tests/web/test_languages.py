"""The language of a page: what the address, the reader, the form and the browser ask for, and what is offered at all."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po
from flask import Flask, render_template, url_for
from flask.testing import FlaskClient

from service.web import languages, words
from service.web.languages import Languages
from service.web.speech import mark, say, say_many
from tests.web.stand_in import AFTER_LEAVING, LINKS, READER, StandInDoor, StandInService, make_app

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
EXIT = "Salir de esta página"


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([^"]+)" dir="([^"]+)">', page)
    assert found
    assert found[2] == "ltr"
    return found[1]


def footer_of(page: str) -> str:
    return page.partition("<footer>")[2]


@pytest.mark.parametrize(
    ("address", "headers", "spoken"),
    [
        ("/help", {}, "en"),
        ("/help?lang=es", {}, "es"),
        ("/help", SPANISH, "es"),
        ("/help?lang=en", SPANISH, "en"),
        ("/help?lang=tlh", SPANISH, "es"),
        ("/help?lang=", {}, "en"),
        ("/help?lang=es&lang=en", {}, "es"),
        ("/help?lang=../es", {}, "en"),
        ("/help", {"Accept-Language": "de, fr;q=0.9"}, "en"),
        ("/help", {"Accept-Language": "de, es;q=0.2"}, "es"),
        ("/help", {"Accept-Language": "en-GB, es;q=0.9"}, "en"),
        ("/help", {"Accept-Language": "*"}, "en"),
        ("/help", {"Accept-Language": "*, es;q=0.1"}, "es"),
        ("/help", {"Accept-Language": "ES-mx"}, "es"),
        ("/help", {"Accept-Language": "es;q=0"}, "en"),
        ("/help", {"Accept-Language": ";;=,\x7f"}, "en"),
    ],
)
def test_a_page_speaks_what_is_asked_for_if_that_is_offered(
    client: FlaskClient, address: str, headers: dict[str, str], spoken: str
) -> None:
    page = client.get(address, headers=headers).text
    assert language_of(page) == spoken
    assert (EXIT in page) == (spoken == "es")


def test_a_language_without_a_whole_programme_is_not_offered(client: FlaskClient, door: StandInDoor) -> None:
    door.spoken = ["de", "en"]
    page = client.get("/help?lang=es", headers=SPANISH).text
    assert language_of(page) == "en"
    assert "hreflang" not in page


@pytest.mark.parametrize("path", ["/", "/help", "/c/done", "/c/nothing", "/u/x", "/nowhere"])
def test_the_foot_leads_to_the_same_page_in_the_other_language(client: FlaskClient, path: str) -> None:
    english = client.get(path).text
    assert '<a href="?lang=es" lang="es" hreflang="es">Español</a>' in footer_of(english)
    spanish = client.get(f"{path}?lang=es").text
    assert language_of(spanish) == "es"
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in footer_of(spanish)


def test_the_other_language_keeps_the_country_and_nothing_else_that_was_asked(client: FlaskClient) -> None:
    page = client.get("/help?country=GB&email=name@example.org").text
    assert '<a href="?country=GB&amp;lang=es" ' in footer_of(page)
    assert "name@example.org" not in page


def test_the_answer_to_a_button_cannot_be_asked_for_again_and_offers_no_other_language(client: FlaskClient) -> None:
    assert "hreflang" not in client.post("/u/x").text


@pytest.mark.parametrize("path", ["/", "/help", "/u/x", "/nowhere"])
def test_links_carry_a_language_that_the_browser_does_not_ask_for(client: FlaskClient, path: str) -> None:
    carried, by_itself = client.get(f"{path}?lang=es").text, client.get(path, headers=SPANISH).text
    for page, query in ((carried, "?lang=es"), (by_itself, "")):
        assert language_of(page) == "es"
        assert f'href="/help{query}"' in footer_of(page)
    for page in (carried, by_itself):
        assert 'href="/exit"' in page
        assert 'href="/static/paper.css"' in page


def test_a_form_that_asks_carries_the_language_too(service: StandInService, door: StandInDoor) -> None:
    service.demo = True
    client = make_app(service, door).test_client()
    assert '<input type="hidden" name="lang" value="es">' in client.get("/help?lang=es").text
    assert 'name="lang"' not in client.get("/help", headers=SPANISH).text


def test_a_sign_up_keeps_the_language_and_the_text_of_the_page(client: FlaskClient, door: StandInDoor) -> None:
    page = client.get("/?lang=es").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert fields["language"] == "es"
    shown = re.search(r'id="consent"[^>]*>\n<span>(.*?)</span>', page)
    assert shown
    answer = client.post("/subscribe", data={**fields, "email": "name@example.org", "consent": "yes"})
    assert answer.status_code == 200
    assert language_of(answer.text) == "es"
    [(sign_up, proof)] = door.asked
    assert set(door.asked_in) == {"es"}
    assert sign_up.language == "es"
    assert proof.text == unescape(shown[1])
    assert proof.text.startswith("Me gustaría recibir una nota a la semana por correo electrónico. ")


def test_a_mistake_is_said_in_the_language_of_the_form(client: FlaskClient) -> None:
    page = client.post("/subscribe", data={"language": "es", "email": "half"}).text
    assert language_of(page) == "es"
    assert '<input type="hidden" name="language" value="es">' in page
    assert "Error: " in page


def test_a_page_that_knows_its_reader_speaks_their_language_unless_it_is_asked_otherwise(app: Flask) -> None:
    def own(language: str) -> str:
        languages.prefer(language)
        return render_template("closed.html")

    app.add_url_rule("/own/<language>", "own", own)
    client = app.test_client()
    assert language_of(client.get("/own/es").text) == "es"
    assert language_of(client.get("/own/es-AR").text) == "es"
    assert language_of(client.get("/own/es?lang=en").text) == "en"
    assert language_of(client.get("/own/tlh", headers=SPANISH).text) == "es"
    assert 'href="/help?lang=es"' in client.get("/own/es").text
    assert 'href="/help"' in client.get("/own/es", headers=SPANISH).text


def test_the_pages_behind_a_stop_link_speak_the_language_of_its_reader(client: FlaskClient, door: StandInDoor) -> None:
    door.reader_language = "es"
    assert language_of(client.get(f"/u/{READER}").text) == "es"
    assert language_of(client.get(f"/u/{READER}?lang=en").text) == "en"
    assert language_of(client.get("/u/nobody").text) == "en"
    assert language_of(client.get(f"/u/{READER}/undo").text) == "es"
    stopped = client.post(f"/u/{READER}").text
    assert "Hecho. No llegarán más notas. Puedes volver cuando quieras." in stopped
    stamp = re.search(r'name="stamp" value="([^"]+)"', stopped)
    assert stamp
    undone = client.post(f"/u/{READER}/undo", data={"stamp": stamp[1]}).text
    assert "Hecho. Tu próxima nota llega el martes 8 de diciembre a las 10:00, hora de Europe/Berlin." in unescape(undone)
    one_click = client.post(f"/u/{READER}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.text == "Done. No more notes.\n"


def test_the_page_to_confirm_speaks_the_language_of_the_consent(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Me gustaría recibir una nota a la semana."
    monkeypatch.setitem(LINKS, "open", replace(LINKS["open"], text=text, language="es"))
    page = client.get("/c/open").text
    assert language_of(page) == "es"
    assert f"<blockquote><p>{text}</p>" in page
    assert f'<blockquote lang="es"><p>{text}</p>' in client.get("/c/open?lang=en").text


def test_errors_speak_too_even_while_the_database_is_away(
    client: FlaskClient, door: StandInDoor, service: StandInService, caplog: pytest.LogCaptureFixture
) -> None:
    assert "Aquí no hay ninguna página" in client.get("/nowhere", headers=SPANISH).text
    assert "Era demasiado largo" in client.post("/subscribe", data={"email": "a" * 70_000}, headers=SPANISH).text

    def away() -> list[str]:
        raise RuntimeError("could not connect for reader@example.org")

    door.languages = away  # type: ignore[method-assign]
    service.clock += timedelta(minutes=1)
    with caplog.at_level(logging.WARNING):
        page = client.get("/help", headers=SPANISH)
    assert page.status_code == 200
    assert language_of(page.text) == "es"
    assert "RuntimeError" in caplog.text
    assert "reader@example.org" not in caplog.text


def test_the_programmes_are_not_asked_about_for_every_page(
    client: FlaskClient, door: StandInDoor, service: StandInService
) -> None:
    assert "hreflang" in client.get("/help").text
    door.spoken = ["en"]
    assert "hreflang" in client.get("/help").text
    service.clock += languages.LOOK_AGAIN
    assert "hreflang" not in client.get("/help").text


def test_the_list_of_zones_is_kept_apart_for_each_language(client: FlaskClient, door: StandInDoor) -> None:
    door.open_programmes = [AFTER_LEAVING]
    for query, region in (("", "Anywhere"), ("?lang=es", "Cualquier lugar"), ("", "Anywhere")):
        assert f'<optgroup label="{region}">' in client.get(f"/{query}").text


def test_countries_are_called_and_sorted_in_the_language_of_the_page(service: StandInService, door: StandInDoor) -> None:
    service.demo = True
    page = make_app(service, door).test_client().get("/help?lang=es").text
    countries = re.findall(r"<summary>(.*?)</summary>", page)
    assert countries == sorted(countries)
    assert {"Alemania", "España", "Estados Unidos", "Reino Unido"} <= set(countries)
    assert "Horario: las 24 horas." in page
    assert '<p class="line-name">Servicios de emergencia</p>' in page


def test_what_a_file_says_and_no_catalogue_knows_is_marked_as_english(app: Flask) -> None:
    with app.test_request_context("/?lang=es"):
        assert str(words.as_found("By <pigeon>.")) == '<span lang="en">By &lt;pigeon&gt;.</span>'
        assert str(words.as_found("0800 100%")) == "0800 100%"
        assert words.translated("24 hours") == "las 24 horas"
        assert words.country("CH", "Switzerland") == "Suiza"
        assert words.country("XQ", "Nowhere") == "Nowhere"
    with app.test_request_context("/"):
        assert words.as_found("By pigeon.") == "By pigeon."
        assert words.country("EU", "Europe and more") == "Europe and more"


def test_days_and_hours_are_said_as_the_language_says_them(app: Flask) -> None:
    at = datetime(2026, 12, 8, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    with app.test_request_context("/?lang=es"):
        assert words.moment(at) == "martes 8 de diciembre a las 10:00, hora de Europe/Berlin"
        assert words.day(at.date()) == "8 de diciembre de 2026"
        assert words.weekdays()[1] == "Martes"
        assert words.slot(1, 8) == "Martes a las 08:00"
        assert words.pace(7) == "una a la semana"
        assert words.pace(5) == "una cada 5 días"
    with app.test_request_context("/"):
        assert words.moment(at) == "Tuesday 8 December at 10:00, Europe/Berlin time"
        assert words.slot(1, 8) == "Tuesday at 08:00"


def test_outside_a_request_everything_is_english(app: Flask) -> None:
    assert languages.current() == "en"
    assert say("%(zone)s time", zone="UTC") == "UTC time"
    assert say_many("%(num)s day", "%(num)s days", 2) == "2 days"
    assert mark("Stop") == "Stop"
    app.config["SERVER_NAME"] = "notes.example.org"
    with app.app_context():
        assert url_for("help").endswith("/help")
        assert EXIT not in render_template("closed.html")


def catalogue(folder: Path, name: str, texts: dict[str, str]) -> None:
    """A small compiled catalogue."""
    catalog = Catalog(locale=name.replace("-", "_"), fuzzy=False)
    for text, said in texts.items():
        catalog.add(text, said)
    place = folder / name / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalog)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues: Spanish and Brazilian ones that are whole, and a German one that lacks a sentence."""
    template = Catalog()
    for text in ("Stop", "Help"):
        template.add(text)
    with (tmp_path / "messages.pot").open("wb") as file:
        write_po(file, template, omit_header=True)
    catalogue(tmp_path, "es", {"Stop": "Parar", "Help": "Ayuda"})
    catalogue(tmp_path, "pt_BR", {"Stop": "Parar", "Help": "Ajuda"})
    catalogue(tmp_path, "de", {"Stop": "Aufhören", "Help": ""})
    return tmp_path


def clock() -> datetime:
    return datetime(2026, 12, 1, tzinfo=UTC)


def test_a_catalogue_that_lacks_a_sentence_is_not_offered(
    folder: Path, door: StandInDoor, caplog: pytest.LogCaptureFixture
) -> None:
    door.spoken = ["de", "en", "es", "pt-BR"]
    with caplog.at_level(logging.WARNING):
        assert Languages(folder, door, clock).offered() == ("en", "es", "pt-BR")
    assert "the pages are not offered in de: 1 of their sentences are not translated" in caplog.text


def test_without_catalogues_there_is_english_and_the_database_is_not_asked(tmp_path: Path, door: StandInDoor) -> None:
    asked: list[Callable[[], list[str]]] = []

    def languages_of_door() -> list[str]:
        asked.append(languages_of_door)
        return ["es"]

    door.languages = languages_of_door  # type: ignore[method-assign]
    assert Languages(tmp_path, door, clock).offered() == ("en",)
    assert asked == []
