"""The desk's door: every page of it names its right, every deed leaves a line; refuses whoever has no seat or not the right."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.actions import audit
from service.domain import roles
from service.domain.addresses import truncated_ip
from service.domain.roles import Right, Role
from service.store.audit import Entry

if TYPE_CHECKING:
    from service.bootstrap import Service
    from service.store.database import Session

ROOT: Final = "/admin"
LARGEST_FORM: Final = 1024 * 1024
CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LARGEST_NUMBER: Final = 2**31 - 1
"""No row has a larger one."""

View = Callable[..., "str | AnyResponse"]
AlertSource = Callable[["Session"], "Iterator[Alert]"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits at the desk; they see times in `zone`."""

    admin_id: int
    name: str
    role: Role
    zone: str


class Seats(Protocol):
    """How the desk knows who sits there. The accounts room has the real one."""

    def current(self) -> Seat | None:
        """Who is signed in, with every factor that is asked of them; None otherwise."""

    def is_fresh(self) -> bool:
        """Whether they have shown a short while ago that it still is them."""

    def sign_in_url(self, back: str) -> str:
        """Where one signs in, and comes back from."""

    def verify_url(self, back: str) -> str:
        """Where one shows that it still is them, and comes back from."""

    def form_token(self) -> str:
        """What a form of ours carries."""

    def form_is_ours(self) -> bool:
        """Whether the form of this request carries it (Z-5)."""


class Alert(NamedTuple):
    """A sentence that stands on every page of the desk until it is seen to, and where that is done."""

    kind: str
    sentence: str
    href: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page that the desk leads to from everywhere."""

    label: str
    endpoint: str
    right: Right


class Desk:
    """What the pages of the desk are mounted on."""

    def __init__(self, app: Flask, service: "Service", seats: Seats, nav: Sequence[NavItem] = ()) -> None:
        self.app = app
        self.service = service
        self.seats = seats
        self.rights: dict[str, Right] = {}
        self._nav = nav
        self._alerts: list[AlertSource] = []

    def page(
        self,
        rule: str,
        endpoint: str,
        view: View,
        *,
        right: Right,
        methods: Sequence[str] = ("GET",),
        fresh: bool = False,
        largest: int = LARGEST_FORM,
    ) -> None:
        """Give a page its address under /admin, and the right it needs. `largest` is the most bytes that a form may bring."""
        name = f"desk_{endpoint}"
        self.rights[name] = right
        guarded = self._guarded(view, right, fresh=fresh, largest=largest)
        self.app.add_url_rule(f"{ROOT}{rule}", name, guarded, methods=list(methods))

    def _guarded(self, view: View, right: Right, *, fresh: bool, largest: int) -> View:
        @wraps(view)
        def guarded(**values: Any) -> "str | AnyResponse":  # noqa: ANN401  the values of the address
            request.max_content_length = largest
            seat = self.seats.current()
            if seat is None:
                return self._away(self.seats.sign_in_url(self._back()))
            g.seat = seat
            if not roles.may(seat.role, right):
                return self.not_yours()
            if not _can_be_kept((*values.values(), *_all(request.args))):
                return self.not_found()
            if request.method in CHANGING and not self._is_ours():
                return self.refuse("This form was open for too long. Nothing was changed. Please send it again.", code=400)
            if request.method in CHANGING and not _can_be_kept(_all(request.form)):
                return self.refuse("Something here is no text, or a number is too large. Nothing was changed.")
            if fresh and request.method in CHANGING and not self.seats.is_fresh():
                return self._away(self.seats.verify_url(self._back()))
            return view(**values)

        return guarded

    def _is_ours(self) -> bool:
        """Whether a form came from our own page (Z-5)."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        return self.seats.form_is_ours()

    def _back(self) -> str:
        """Where to go on after signing in: this page, or the one that a form most likely stands on."""
        return page_above(self.app, request.path) if request.method in CHANGING else request.full_path.rstrip("?")

    def _away(self, url: str) -> AnyResponse:
        """Lead elsewhere: by an answer that htmx follows as a whole page, too."""
        if request.headers.get("HX-Request"):
            return Response("", 200, {"HX-Redirect": url})
        return redirect(url, 303)

    def seat(self) -> Seat:
        """Who sits at the desk in this request."""
        seat: Seat = g.seat
        return seat

    def may(self, right: Right) -> bool:
        """Whether whoever sits there has a right."""
        return roles.may(self.seat().role, right)

    def read(self) -> "AbstractContextManager[Session]":
        """A session that the database keeps from writing."""
        return self.service.read()

    @contextmanager
    def write(self, what: str, about: str = "", **facts: int | str | bool) -> "Iterator[Session]":
        """A session that is committed at its end, with one line on the trail that says what was done."""
        with self.service.write() as session:
            yield session
            audit.note(session, self._entry(what, about, facts), wall=self.service.wall())

    def looked(self, what: str, about: str, **facts: int | str | bool) -> None:
        """Write down a look at somebody, in a small transaction of its own."""
        with self.service.write() as session:
            audit.note(session, self._entry(what, about, facts), wall=self.service.wall())

    def _entry(self, what: str, about: str, facts: dict[str, Any]) -> Entry:
        seat = self.seat()
        return Entry(seat.admin_id, seat.name, seat.role, truncated_ip(request.remote_addr or ""), what, about, facts)

    def alert(self, source: "AlertSource") -> None:
        """Let something say what everybody at the desk is to see on every page, such as that all letters are held."""
        self._alerts.append(source)

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401  whatever the page shows
        """A page of the desk."""
        return render_template(template, **self._around(), **values)

    def _around(self) -> dict[str, Any]:
        seat = self.seat()
        with self.read() as session:
            alerts = [alert for source in self._alerts for alert in source(session)]
        return {
            "seat": seat,
            "may": self.may,
            "Right": Right,
            "csrf": self.seats.form_token(),
            "form_token": self._form_token,
            "alerts": alerts,
            "nav": [
                {"label": each.label, "href": url_for(each.endpoint), "current": self._is_in(each.endpoint)}
                for each in self._nav
                if self.may(each.right) and each.endpoint in self.app.view_functions
            ],
            "now": self.service.now(),
        }

    def _form_token(self) -> Markup:
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(self.seats.form_token())

    def _is_in(self, endpoint: str) -> bool:
        """Whether the page shown belongs to a part of the desk: `desk_batch` belongs to `desk_batches`."""
        here = request.endpoint or ""
        of_one = (endpoint.removesuffix("s"), endpoint.removesuffix("es"))
        return here == endpoint or (endpoint != "desk_home" and here.startswith(of_one))

    def done(self, endpoint: str, **values: Any) -> AnyResponse:  # noqa: ANN401  the values of the address
        """Lead to a page of the desk after a form, so that reloading repeats nothing."""
        return redirect(url_for(f"desk_{endpoint}", **values), 303)

    def refuse(self, sentence: str, *, code: int = 422, heading: str = "Please look at this again") -> Response:
        """A page that says in a sentence why something was not done."""
        return make_response(self.render("desk/refused.html", heading=heading, sentence=sentence), code)

    def not_found(self) -> Response:
        """A page that says that there is nothing here."""
        return self.refuse("There is nothing at this address. It may have been removed.", code=404, heading="Nothing here")

    def not_yours(self) -> Response:
        """A page that says that this seat has no right to it."""
        sentence = "This page is not part of what you do here. An owner of this desk can change that."
        return self.refuse(sentence, code=403, heading="This page is for others")


def page_above(app: Flask, path: str) -> str:
    """The address of a form if it can be looked at, or else the nearest one above it that can.

    Browsers do not say which page a form stands on: our referrer policy keeps that from them (S-6).
    """
    looked = app.url_map.bind("")
    while path.startswith(f"{ROOT}/"):
        if looked.test(path, "GET"):
            return path
        path = path.rpartition("/")[0]
    return f"{ROOT}/"


def _all(values: MultiDict[str, str]) -> list[str]:
    return [value for _, value in values.items(multi=True)]


def _can_be_kept(values: Iterable[object]) -> bool:
    """Whether every database could look for each of these: it is text without a NUL, and no number beyond those of rows."""
    return not any("\0" in str(value) or _is_too_large(str(value)) for value in values)


def _is_too_large(text: str) -> bool:
    try:
        return abs(int(text)) > LARGEST_NUMBER
    except ValueError:
        return False
