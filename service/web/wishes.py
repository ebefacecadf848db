"""The pages of wishes that hold for all notes: looks, language, lines, hours, days; refuses to show what is write-only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request, url_for

from service.actions.preferences import Changes, ReaderView
from service.domain.subscribers import Support
from service.web import languages, two_ways, wishes_form, words, zones
from service.web.help import in_words, shown
from service.web.reader_door import Mine, ReaderDoor
from service.web.reader_room import ReaderRoom, old_link
from service.web.speech import mark, say
from service.web.two_ways import TWO_WAYS, TwoWays
from service.web.wishes_form import Asked, Form

if TYPE_CHECKING:
    from service.bootstrap import Service

Group = tuple[str, Sequence[tuple[str, str, str]]]
"""A heading, and lines below it: an address, what can be changed there, and how it stands."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One page of many: its name in the address, what it changes, one sentence of help, and how it stands in a word or two."""

    name: str
    label: str
    help: str
    stands: Callable[[ReaderView], str]


def _is_set(is_set: bool) -> str:
    return say("set") if is_set else say("not set")


LINES_STAND: Final = {
    Support.ALL: mark("all countries"),
    Support.ONE: mark("one country"),
    Support.LINK: mark("only a link"),
}

WISHES: Final = {
    wish.name: wish
    for wish in (
        Wish(
            "language",
            mark("Language"),
            mark("The notes come in this language wherever they are written in it, and these pages speak it too."),
            lambda view: dict(languages.choices()).get(view.language, ""),
        ),
        Wish(
            "lines",
            mark("Support lines below the notes"),
            mark("Each note ends with places where a person can be reached. You can say which."),
            lambda view: say(LINES_STAND[view.support]),
        ),
        Wish(
            "zone",
            mark("Time zone"),
            mark("The hour of your notes is meant in this zone. Which one it is now is not shown here."),
            lambda _view: _is_set(True),
        ),
        Wish(
            "hours",
            mark("Hours without mail"),
            mark("In some hours others may see your phone or your mail. No mail comes in the hours that you tick."),
            lambda view: _is_set(view.never_set),
        ),
        Wish(
            "days",
            mark("Days without mail"),
            mark("Some days are better without mail: a holiday, a visit, an anniversary. A note for such a day comes later."),
            lambda view: _is_set(view.quiet_set),
        ),
    )
}

GROUPS: Final = (
    (mark("How the notes look and sound"), ("look", "link", "plain", "language", "lines")),
    (mark("When mail may come"), ("zone", "hours", "days")),
    (mark("More notes"), ("extras", "news")),
)


def groups(mine: Mine) -> list[Group]:
    """Everything that can be wished for all notes, with how it stands."""
    return [(say(heading), [_line(mine, name) for name in names if _is_a_choice(name)]) for heading, names in GROUPS]


def _is_a_choice(name: str) -> bool:
    return name != "language" or len(languages.choices()) > 1


def _line(mine: Mine, name: str) -> tuple[str, str, str]:
    two = TWO_WAYS.get(name)
    label = two.label if two else WISHES[name].label
    stands = two.stands(mine.view) if two else WISHES[name].stands(mine.view)
    return url_for(f"me_{name}", token=mine.token), say(label), stands


class WishPages:
    """`/p/<token>/settings/<name>`."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.door = door
        self.room = ReaderRoom(service, door)
        self.service = service

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        for two in TWO_WAYS.values():
            page = TwoWaysPage(self, two)
            self.room.add(app, f"<token>/settings/{two.name}", f"me_{two.name}", page.show, page.press)
        ways: dict[str, Callable[[Form, Mine], Asked]] = {
            "language": lambda form, _mine: wishes_form.read_language(form, [code for code, _ in languages.choices()]),
            "lines": self._lines,
            "zone": lambda form, _mine: wishes_form.read_zone(form),
            "hours": lambda form, _mine: wishes_form.read_hours(form),
            "days": lambda form, _mine: wishes_form.read_days(form),
        }
        for name, read in ways.items():
            wish = WishPage(self, WISHES[name], read)
            self.room.add(app, f"<token>/settings/{name}", f"me_{name}", wish.show, wish.press)

    def _lines(self, form: Form, mine: Mine) -> Asked:
        codes = [country.code for country in shown(self.service)]
        return wishes_form.read_lines(form, codes, country_set=mine.view.country_set)

    def choices(self, name: str) -> dict[str, object]:
        """What one page offers to choose from."""
        match name:
            case "language":
                return {"spoken": languages.choices()}
            case "lines":
                return {"countries": [(country.code, country.name) for country in in_words(shown(self.service))]}
            case "zone":
                return {"regions": zones.by_region()}
            case "days":
                return {"months": list(enumerate(words.months(), 1))}
            case _:
                return {}

    def change(self, mine: Mine, asked: Asked, changes: Changes) -> Response:
        """Keep a wish, and say what it means and when the next note comes. Raises ValueError for what cannot be kept."""
        if not self.door.change(mine.token, changes):
            return old_link()
        after = self.door.view(mine.token) or mine
        languages.prefer(after.view.language)
        next_at = after.view.next_at
        coming = [say("Your next note comes on %(day)s.", day=words.weekday_day(next_at))] if next_at else []
        return self.room.done(after, f"{say('Done.')} {asked.said}", *coming)


class WishPage:
    """One wish with fields of its own."""

    def __init__(self, pages: WishPages, wish: Wish, read: Callable[[Form, Mine], Asked]) -> None:
        self.pages = pages
        self.wish = wish
        self.read = read

    def show(self, mine: Mine) -> Response:
        """How it stands, as far as that is shown, and what can be chosen."""
        first = {"spoken": mine.view.language, "lines": str(mine.view.support)}
        return self._page(mine, Form(first), {})

    def press(self, mine: Mine) -> Response:
        """Keep it, or say what needs another look."""
        asked = self.read(request.form, mine)
        if asked.changes is None:
            return self._page(mine, request.form, asked.errors)
        try:
            return self.pages.change(mine, asked, asked.changes)
        except ValueError:  # only days can be too many together with those that are there
            return self._page(mine, request.form, wishes_form.too_many_days().errors)

    def _page(self, mine: Mine, typed: Form, errors: dict[str, str]) -> Response:
        return self.pages.room.page(
            f"me_{self.wish.name}.html",
            mine,
            422 if errors else 200,
            label=say(self.wish.label),
            help=say(self.wish.help),
            typed=typed,
            errors=errors,
            **self.pages.choices(self.wish.name),
        )


class TwoWaysPage:
    """One wish that is either this or that."""

    def __init__(self, pages: WishPages, two: TwoWays) -> None:
        self.pages = pages
        self.two = two

    def show(self, mine: Mine) -> Response:
        """Both ways, with the one that holds now."""
        return self._page(mine, two_ways.YES if self.two.is_yes(mine.view) else two_ways.NO)

    def press(self, mine: Mine) -> Response:
        """Keep the one that was chosen."""
        asked = two_ways.read(self.two, request.form)
        if asked.changes is None:
            return self._page(mine, "", asked.errors)
        return self.pages.change(mine, asked, asked.changes)

    def _page(self, mine: Mine, chosen: str, errors: dict[str, str] | None = None) -> Response:
        code, rows = 422 if errors else 200, two_ways.rows(self.two)
        values = {"label": say(self.two.label), "help": say(self.two.help), "rows": rows, "chosen": chosen}
        return self.pages.room.page("me_two_ways.html", mine, code, name=self.two.name, errors=errors or {}, **values)
