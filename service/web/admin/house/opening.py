"""The opening checklist: what is seen to, and an owner's word for what is not; refuses to open sign-up in silence."""

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import settings
from service.actions.settings import SettingError
from service.domain import opening
from service.domain.opening import Facts, Item, Point
from service.domain.roles import Right
from service.domain.support import for_readers
from service.store import choices, readiness
from service.web.admin.desk import Desk

WHERE: dict[Point, tuple[str, dict[str, str]]] = {
    Point.KEEPER: ("desk_setting", {"name": "organisation"}),
    Point.POSTAL: ("desk_setting", {"name": "postal_address"}),
    Point.PRIVACY: ("desk_own_page", {"name": "privacy", "language": "en"}),
    Point.LETTERS: ("desk_programmes", {}),
    Point.LINES: ("desk_lines", {}),
}
"""Where each point is seen to."""


class OpeningPages:
    """`/admin/opening`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, owners = self.desk.page, Right.SETTINGS
        page("/opening", "opening", self.show, right=owners)
        page("/opening/said", "opening_said", self.say, right=owners, methods=["POST"])
        page("/opening/open", "opening_opened", self.open, right=owners, methods=["POST"], fresh=True)
        page("/opening/close", "opening_closed", self.close, right=owners, methods=["POST"], fresh=True)

    def show(self) -> AnyResponse:
        """Every point, how it stands and where it is seen to."""
        return self._page("")

    def say(self) -> AnyResponse:
        """Keep that whoever sits here looked at a point that we cannot see."""
        found = [point for point in opening.BY_HAND if point == request.form.get("point")]
        if not found:
            return self.desk.not_found()
        looked, seat = request.form.get("looked") == "yes", self.desk.seat()
        with self.desk.write("checklist answered", f"point:{found[0]}", looked=looked) as session:
            settings.say(session, found[0], looked=looked, by=seat.name, wall=self.desk.service.wall())
        return self.desk.done("opening")

    def open(self) -> AnyResponse:
        """Open sign-up."""
        items, seat = self._items(), self.desk.seat()
        try:
            with self.desk.write("sign-up opened", missing=len(opening.missing(items))) as session:
                reason = request.form.get("reason", "")
                settings.open_sign_up(session, items, reason, by=seat.name, wall=self.desk.service.wall())
        except SettingError as error:
            return self._page(str(error))
        self.desk.service.choices.forget()
        return self.desk.done("opening")

    def close(self) -> AnyResponse:
        """Close sign-up."""
        with self.desk.write("sign-up closed") as session:
            settings.close_sign_up(session, by=self.desk.seat().name, wall=self.desk.service.wall())
        self.desk.service.choices.forget()
        return self.desk.done("opening")

    def _page(self, error: str) -> AnyResponse:
        with self.desk.read() as session:
            history = choices.openings(session)
        page = self.desk.render(
            "desk/opening.html",
            items=self._items(),
            where=WHERE,
            by_hand=opening.BY_HAND,
            open=self.desk.service.sign_up_open,
            history=history,
            error=error,
            reason=request.form.get("reason", ""),
        )
        return make_response(page, 422 if error else 200)

    def _items(self) -> tuple[Item, ...]:
        service = self.desk.service
        every = [line for country in service.support_lines for line in country.lines]
        seen = [line for country in for_readers(service.support_lines, demo=False) for line in country.lines]
        with self.desk.read() as session:
            letters, unreviewed = readiness.letters(session, opening.UNREVIEWED)
            facts = Facts(
                letters=letters,
                unreviewed=unreviewed,
                lines=len(seen),
                unverified=len(every) - len(seen),
                oldest_check=min((line.verified_on for line in seen if line.verified_on), default=None),
                privacy_saved=any(name == "privacy" for name, _ in service.own_pages),
                postal_address=service.site.postal_address,
                organisation=service.site.organisation,
                said=settings.said(session),
                test_mail_sent=readiness.a_test_letter_was_sent(session),
            )
        return opening.checklist(facts, today=service.wall().date())
