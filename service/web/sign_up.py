"""The first page and its form; refuses to say whether it knew the address (O-1)."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, render_template, request
from markupsafe import Markup

from service.domain.addresses import truncated_ip
from service.domain.consents import AT_ONCE, Proof, Reply, SignUp, Verdict
from service.domain.lanes import LEAST_FILL
from service.store.sequences import ProgrammeRow
from service.web import languages, sign_up_form, stamps, words, zones
from service.web.door import Door
from service.web.gate import Gate, Visit
from service.web.limits import Counters
from service.web.offer import Offer
from service.web.proofs import ChallengePage, Proofs
from service.web.sign_up_form import Typed
from service.web.speech import mark, say

if TYPE_CHECKING:
    from service.bootstrap import Service

log: Final = logging.getLogger(__name__)

OPEN_FOR: Final = timedelta(hours=24)
STALE: Final = mark("This page was open for a long time. Please press the button again.")
FROM_OUTSIDE: Final = frozenset({"cross-site", "same-site"})
THIS_MACHINE: Final = frozenset({"", truncated_ip("127.0.0.1"), truncated_ip("::1")})


class SignUpPages:
    """`GET /`, `POST /subscribe` and `GET /challenge`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door
        self.proofs = Proofs(service.keys.secrets)
        self.gate = Gate(Counters(service.redis_url), service.keys.secrets[-1], lambda: service.limits)
        self._options: dict[str, str] = {}

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/", "sign_up", self.show)
        app.add_url_rule("/subscribe", "subscribe", self.subscribe, methods=["POST"])
        ChallengePage(self.proofs, self.service.wall).mount(app)

    def show(self) -> Response:
        """The sign-up page."""
        offer = self._offer()
        return self._page(offer, Typed()) if offer.rows else self._closed(200)

    def subscribe(self) -> Response:
        """Take a sign-up. The same answer for every address."""
        offer = self._offer()
        if not offer.rows:
            return self._closed(403)
        typed = sign_up_form.read(request.form)
        if typed.form is None and self._is_from_elsewhere():
            # Whoever agreed there did not see our text: the form is shown once more, filled in but for that.
            # What nobody was asked there is as it usually is, and that is discreet.
            discreet = typed.discreet or "discreet" not in request.form
            return self._page(offer, replace(typed, consent=False, discreet=discreet), guest=True)
        checked = sign_up_form.check(typed, request.form.get("email", ""), offer, languages.current())
        if checked.sign_up is None:
            return self._page(offer, typed, checked.errors)
        return self._take(offer, typed, checked.sign_up)

    def _take(self, offer: Offer, typed: Typed, sign_up: SignUp) -> Response:
        text, made = self._agreed(self._texts(offer, offer.named(sign_up.programme)), typed.form)
        if text is None:
            return self._page(offer, typed, {"form": say(STALE)})
        network = truncated_ip(request.remote_addr or "")
        proof = Proof(text, f"{self.service.site.base_url}/", network)
        self.door.ask(sign_up, proof, self._verdict(typed, sign_up, made, network))
        return make_response(render_template("sent.html", address=typed.email.strip()))

    def _offer(self) -> Offer:
        return Offer(tuple(self.door.programmes(languages.current())) if self.service.sign_up_open else ())

    def _verdict(self, typed: Typed, sign_up: SignUp, made: datetime | None, network: str) -> Verdict:
        if not self.service.rate_limits:
            return AT_ONCE
        wall = self.service.wall()
        visit = Visit(
            trapped=bool(typed.remarks),
            made=made,
            proof=self.proofs.solved(typed.proof, wall=wall),
            network=network,
            domain=sign_up.address_key.rpartition("@")[2],
        )
        verdict = self.gate.judge(visit, wall=wall)
        if verdict.dropped is Reply.CROWD and network in THIS_MACHINE:
            log.warning("sign-ups are dropped because all seem to come from this machine: is TRUSTED_PROXIES set?")
        return verdict

    def _texts(self, offer: Offer, row: ProgrammeRow | None) -> list[str]:
        """The consent texts that are true for a programme, the one of the page first."""
        keeper = self.service.site.organisation or self.service.site.name
        return [words.consent(keeper, paces) for paces in offer.paces(row)]

    def _agreed(self, texts: Sequence[str], form: str | None) -> tuple[str | None, datetime | None]:
        """Which text was shown, and when; no text if it changed meanwhile. Without a page of ours it is the first one."""
        if form is None:
            return texts[0], None
        secrets, wall = self.service.keys.secrets, self.service.wall()
        for text in texts:
            made = stamps.made_at(secrets, _purpose(text), form, wall=wall, within=OPEN_FOR)
            if made is not None:
                return text, made
        return None, None

    def _is_from_elsewhere(self) -> bool:
        """Whether a form on another site was sent here. Programs say nothing about that, and need not."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
        if site is not None:
            return site in FROM_OUTSIDE
        ours = (urlsplit(self.service.site.base_url).netloc, request.host)
        return origin != "null" and urlsplit(origin).netloc not in ours  # a browser that does not say where it was sent from

    def _page(self, offer: Offer, typed: Typed, wrong: dict[str, str] | None = None, *, guest: bool = False) -> Response:
        wall, programme = self.service.wall(), offer.named(typed.programme)
        text = self._texts(offer, programme)[-1]
        # Who has filled in the form already may press its button at once.
        made = wall - LEAST_FILL if wrong or guest else wall
        body = render_template(
            "sign_up.html",
            programme=programme,
            programmes=offer.rows,
            fits=offer.fits,
            typed=typed,
            errors=wrong or {},
            guest=guest,
            untouched=wrong is None and "zone" not in request.form,
            guarded=self.service.rate_limits,
            form=stamps.stamp(self.service.keys.secrets, _purpose(text), made),
            consent=text,
            days=words.weekdays(),
            day_hours=sign_up_form.DAY_HOURS,
            late_hours=sign_up_form.LATE_HOURS,
            zones=self._zones(typed.zone),
        )
        return make_response(body, 422 if wrong else 200)

    def _zones(self, chosen: str) -> Markup:
        """The options of the zone select, with one chosen. They are many, so they are written once for a language and kept."""
        language = languages.current()
        if language not in self._options:
            self._options[language] = render_template("zones.html", regions=zones.by_region())
        value = f'value="{zones.known(chosen) or zones.DEFAULT}"'
        return Markup(self._options[language].replace(value, f"{value} selected", 1))  # noqa: S704  a template wrote it

    def _closed(self, code: int) -> Response:
        return make_response(render_template("closed.html"), code)


def _purpose(text: str) -> str:
    """Bound to the text that was shown: if it changes while a page is open, the page is shown once more."""
    return "sign-up " + hashlib.sha256(text.encode()).hexdigest()
