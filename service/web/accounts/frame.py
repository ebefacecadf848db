"""What all account pages stand in: who may see them, our own forms only, verifying again; refuses to guess who is there."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, make_response, redirect, render_template, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from service.domain.addresses import truncated_ip
from service.web import zones
from service.web.accounts.delays import Delays
from service.web.accounts.door import AccountDoor
from service.web.accounts.seats import AccountSeats, safe_back
from service.web.accounts.security import Account, Keeper
from service.web.accounts.sessions import ROOT, DeskSession, is_of_the_desk
from service.web.admin.desk import page_above

if TYPE_CHECKING:
    from service.bootstrap import Service

View = Callable[..., "str | AnyResponse"]
LARGEST_FORM: Final = 64 * 1024


class Stage(Enum):
    """How far somebody must have come to see a page."""

    ANYBODY = auto()
    ACCOUNT = auto()  # the password, a link or a passkey was right; a second step may still have to be set up
    SEATED = auto()


class Frame:
    """Gives account pages their addresses, and what they need."""

    def __init__(
        self, app: Flask, service: "Service", seats: AccountSeats, keeper: Keeper, door: AccountDoor, delays: Delays
    ) -> None:
        self.app = app
        self.service = service
        self.seats = seats
        self.keeper = keeper
        self.door = door
        self.delays = delays

    def page(
        self,
        rule: str,
        endpoint: str,
        view: View,
        *,
        stage: Stage = Stage.ANYBODY,
        methods: Sequence[str] = ("GET",),
        fresh: bool = False,
    ) -> None:
        """Register a page under /admin. `fresh`: only for whoever showed a short while ago that it is them."""

        @wraps(view)
        def guarded(**values: Any) -> "str | AnyResponse":  # noqa: ANN401  the values of the address
            request.max_content_length = LARGEST_FORM
            away = self._led_away(stage, fresh=fresh)
            if away is not None:
                return away
            if request.method == "POST" and not self.seats.form_is_ours():
                return self.refuse("This form was open for too long. Nothing was changed. Please send it again.", code=400)
            return view(**values)

        self.app.add_url_rule(f"{ROOT}{rule}", f"account_{endpoint}", guarded, methods=list(methods))

    def _led_away(self, stage: Stage, *, fresh: bool) -> AnyResponse | None:
        here = request.full_path.rstrip("?") if request.method == "GET" else page_above(self.app, request.path)
        if stage is Stage.ACCOUNT and self.seats.account() is None:
            return redirect(self.seats.sign_in_url(here), 303)
        if stage is Stage.SEATED and self.seats.current() is None:
            return redirect(self.seats.sign_in_url(here), 303)
        if fresh and not self.seats.is_fresh():
            return redirect(self.seats.verify_url(here), 303)
        return None

    def account(self) -> Account:
        """Whose account this is. Only for pages that are not for anybody."""
        account = self.seats.account()
        if account is None:
            raise LookupError("a page for accounts was shown to nobody")
        return account

    def network(self) -> str:
        """The truncated address that a request comes from (D3)."""
        return truncated_ip(request.remote_addr or "")

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401  whatever the page shows
        """An account page."""
        around: dict[str, Any] = {
            "seat": self.seats.current(),
            "csrf": self.seats.form_token(),
            "form_token": self._form_token,
            "passkeys_work": self.passkeys_work,
        }
        if around["seat"]:
            around["nav"] = [{"label": "Back to the desk", "href": f"{ROOT}/", "current": False}]
        return render_template(f"accounts/{template}", **around, **values)

    def again(self, template: str, errors: dict[str, str], *, code: int = 422, **values: Any) -> Response:  # noqa: ANN401
        """A page with its form and what is wrong with it."""
        return make_response(self.render(template, errors=errors, **values), code)

    def refuse(self, sentence: str, *, code: int = 422, heading: str = "Please look at this again") -> Response:
        """A page that says in a sentence why something was not done."""
        return make_response(self.render("refused.html", heading=heading, sentence=sentence), code)

    def _form_token(self) -> Markup:
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(self.seats.form_token())

    @property
    def passkeys_work(self) -> bool:
        """Whether the site has a name: browsers make no passkeys for a number such as 127.0.0.1."""
        return not truncated_ip(self.passkey_site)

    @property
    def passkey_site(self) -> str:
        """The name that passkeys belong to."""
        return self.service.site.base_url.partition("://")[2].partition("/")[0].rsplit(":", 1)[0].strip("[]")


def watch(app: Flask, sessions_cookie: str) -> None:
    """Look at every request of the desk before its page does."""

    @app.before_request
    def before() -> AnyResponse | str | None:
        if not is_of_the_desk(request.path):
            return None
        kept = session._get_current_object()  # type: ignore[attr-defined]
        if isinstance(kept, DeskSession) and kept.trouble is not None:
            raise kept.trouble
        if _comes_by_a_link_from_elsewhere() and sessions_cookie not in request.cookies:
            return render_template("accounts/arrive.html", here=request.full_path.rstrip("?"))
        return None

    @app.after_request
    def after(response: Response) -> Response:
        if is_of_the_desk(request.path):
            response.headers["X-Robots-Tag"] = "noindex"
        return response


def _comes_by_a_link_from_elsewhere() -> bool:
    """A strict cookie does not come along then, though it may be there: our own page asks once more."""
    headers = request.headers
    return (
        request.method == "GET"
        and headers.get("Sec-Fetch-Site") == "cross-site"
        and headers.get("Sec-Fetch-Mode") == "navigate"
    )


def back() -> str:
    """Where somebody wanted to go."""
    return safe_back(request.values.get("back", ""))


def zone_rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """All time zones to choose from, by region."""
    return [(region, [(zone.name, zone.place) for zone in found]) for region, found in zones.by_region()]
