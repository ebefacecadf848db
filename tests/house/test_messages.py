"""What pages say: all of it can be translated, every catalogue is whole, compiled and true to what it translates."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes

from tests.house import messages
from tests.house.tree import PROJECT, name_of
from tests.web.stand_in import StandInDoor, StandInService, make_app

WEB = PROJECT / "templates" / "web"
INBOX = "the inbox is a tool of the demo, for the person who looks at it"
OURS = ("inbox", "desk", "accounts")
"""Pages that readers never see: they speak English."""
PAGES = [path for path in sorted(WEB.rglob("*.html")) if path.relative_to(WEB).parts[0] not in OURS]

NAMES = {
    "help.html": {"lila.help", "findahelpline.com"},
    "safer.html": {"refugetechsafety.org", "womensaid.org.uk", "techsafety.org"},
}
"""Text that is the same in every language: names of sites."""

DRAWINGS = {"thread.html"}
"""Templates whose strings are paths of a drawing."""

SPOKEN = re.compile(r"""\s(title|alt|aria-label|placeholder|label|data-(?!others)[a-z-]+)\s*=\s*"([^"]*)\"""")
ATTRIBUTE = re.compile(r"""\s[a-z-]+="[^"]*\"""")
"""Some macros write nothing else."""

WORDS = re.compile(r"[A-Z][a-z]|[A-Z]$|.*[^\W\d_]{2} \w")
"""A string that is more than a name for a machine: it begins with a capital letter, or has words beside each other."""

MARKS = frozenset({"_", "gettext", "ngettext"})
GAP = "\x00"
"""Stands where a template puts in a value."""

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
TAG = re.compile(r"</?[a-z][^>]*>")
SAME = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\d[\d -]*\d|\d|\b[A-Z]{3,}\b")
"""Addresses, numbers and words in capitals: what somebody would dial, write or type."""

CATALOGUES = messages.catalogues()

UNKIND = re.compile(
    r"[!¡]|\b(?:debes|deberías|tienes que|haz clic|cliquea|pulsa aquí|rápido|ups|superar|víctima|tóxic[oa]s?|simplemente)\b",
    re.IGNORECASE,
)
"""What no page says in Spanish: it does not shout, push, hurry or label."""


@pytest.fixture(scope="module")
def environment() -> Environment:
    service = StandInService()
    return make_app(service, StandInDoor(service)).jinja_env


@pytest.fixture(scope="module")
def template() -> Catalog:
    return messages.gathered()


def said_by(node: nodes.Node) -> Iterator[str]:
    """The text of a template as it stands there, with gaps for values, all its branches one after the other."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Output):
        for part in node.nodes:
            yield from said_by(part) if isinstance(part, nodes.TemplateData) else (GAP,)
    else:
        for child in node.iter_child_nodes():
            yield from said_by(child)


def strings_in(node: nodes.Node) -> Iterator[str]:
    """The strings of a template's expressions, without those that are marked."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
        for named in node.kwargs:
            yield from strings_in(named)
    elif isinstance(node, nodes.Const):
        yield from [node.value] if isinstance(node.value, str) else []
    else:
        for child in node.iter_child_nodes():
            yield from strings_in(child)


def has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text.replace(GAP, " ")))


def unmarked(environment: Environment, source: str) -> list[str]:
    """What a template says without a mark: between tags, in attributes that are read aloud, in strings that look like words."""
    tree = environment.parse(source)
    html = "".join(said_by(tree))
    texts = re.split(r"<[^>]*>", ATTRIBUTE.sub("", html))
    between = [part.strip() for part in texts if has_words(part)]
    attributes = [value for _, value in SPOKEN.findall(html) if has_words(value)]
    strings = [text for text in strings_in(tree) if WORDS.match(text)]
    return [*between, *attributes, *strings]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_word_of_a_page_can_be_translated(environment: Environment, path: Path) -> None:
    found = unmarked(environment, path.read_text("utf-8"))
    if path.name in DRAWINGS:
        found = [text for text in found if not re.fullmatch(r"M[\dc. -]+", text)]
    assert [text for text in found if text.strip(": ") not in NAMES.get(path.name, set())] == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello there</p>",
        "<p>{{ name }}, hello</p>",
        "{% if x %}<p>{{ _('Hello') }} there</p>{% endif %}",
        '<img alt="A thread">',
        '<input placeholder="name@example.org">',
        '<nav aria-label="The way {{ x }}">',
        '<optgroup label="By day">',
        "{{ button('Stop') }}",
        "{{ 'Open: ' ~ hours }}",
        "{{ 'Done' if x else 'not yet done' }}",
        "{{ _('Hello %(name)s', name='Somebody') }}",
    ],
)
def test_a_word_that_was_forgotten_is_found(environment: Environment, source: str) -> None:
    assert unmarked(environment, source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Hello') }}, {{ name }}: 10:00</p>",
        '<p>{% trans name=name %}Hello {{ name }}, <a href="#x">here</a>{% endtrans %}</p>',
        '<img alt=""><nav aria-label="{{ _(\'The way\') }}" class="big words here">',
        "<input{{ ' checked' if x }} id=\"{{ 'a' ~ '-error' }}\">",
    ],
)
def test_what_is_marked_or_is_no_word_is_not_found(environment: Environment, source: str) -> None:
    assert unmarked(environment, source) == []


def test_the_template_of_the_catalogues_holds_what_the_pages_say(template: Catalog) -> None:
    assert messages.TEMPLATE.read_bytes() == messages.written(template), "run `make messages`"


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_says_everything_for_certain_and_nothing_else(template: Catalog, language: str) -> None:
    catalog = CATALOGUES[language]
    assert set(messages.ids(catalog)) == set(messages.ids(template)), "run `make messages`, then translate"
    assert [message.id for message in messages.missing(catalog)] == []
    assert not catalog.obsolete
    assert [(message.id, wrong) for message, wrong in catalog.check()] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_what_the_pages_read_is_what_people_edit(language: str) -> None:
    path = messages.LOCALE / language / "LC_MESSAGES" / "messages.mo"
    assert path.read_bytes() == messages.compiled(CATALOGUES[language]), "run `make messages`"


def test_spanish_is_there() -> None:
    assert "es" in CATALOGUES


def pairs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each sentence beside its translation; where there is one for each kind of number, the one for many beside all."""
    for message in catalog:
        if message.id:
            original = message.id if isinstance(message.id, str) else message.id[-1]
            yield from ((original, text) for text in messages.strings(message) if text)


def faults(original: str, text: str) -> list[str]:
    """What a translation lost, or what would break the page that it stands on."""
    places = PLACEHOLDER.findall(original)
    plain, plain_original = PLACEHOLDER.sub("", text), PLACEHOLDER.sub("", original)
    alike = {
        "places": set(PLACEHOLDER.findall(text)) == set(places),
        "per cent": "%" not in plain.replace("%%", ""),
        "tags": Counter(TAG.findall(text)) == Counter(TAG.findall(original)),
        "signs of HTML": not re.search(r"[<>\"]|&(?!\w+;)", TAG.sub("", text)),
        "numbers and addresses": Counter(SAME.findall(plain)) == Counter(SAME.findall(plain_original)),
        "blanks": text == text.strip() or original != original.strip(),
        "voice": not UNKIND.search(text),
    }
    return [what for what, same in alike.items() if not same]


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_keeps_what_must_stay_and_the_voice(language: str) -> None:
    wrong = {text: found for original, text in pairs(CATALOGUES[language]) if (found := faults(original, text))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("original", "text", "fault"),
    [
        ("On %(day)s", "El %(dia)s", "places"),
        ("On %(day)s", "El", "places"),
        ("All", "Al %", "per cent"),
        ('<a href="%(url)s">Here</a>', '<a href="%(url)s#x">Aquí</a>', "tags"),
        ("Here", 'Aquí "dentro"', "signs of HTML"),
        ("This & that", "Esto & lo otro", "signs of HTML"),
        ("Call 0800 1239900", "Llama al 0800 123990", "numbers and addresses"),
        ("Write to a@example.org", "Escribe a b@example.org", "numbers and addresses"),
        ("Stop", "Parar ", "blanks"),
        ("Done", "¡Hecho", "voice"),
        ("You can choose", "Debes elegir", "voice"),
    ],
)
def test_a_translation_that_lost_something_is_found(original: str, text: str, fault: str) -> None:
    assert faults(original, text) == [fault]
