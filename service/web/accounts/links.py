"""The page of a one-time link, where somebody begins or begins anew; refuses a link that is used, over or nobody's."""

from typing import Final

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions.admins import AccountError, Opened
from service.domain.accounts import LinkPurpose, password_trouble
from service.web.accounts.frame import Frame, zone_rows
from service.web.accounts.seats import SECOND_STEP

OVER: Final = "This link is no longer in use. An owner of this desk can make a new one for you."


class LinkPages:
    """`/admin/sign-in/link/<token>`."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def mount(self) -> None:
        """Give the page its address."""
        self.frame.page("/sign-in/link/<token>", "link", self.show)
        self.frame.page("/sign-in/link/<token>", "link_used", self.use, methods=["POST"])

    def show(self, token: str) -> str | AnyResponse:
        """What the link is for. Looking at it does not use it up."""
        opened = self.frame.door.opened(token)
        return self._over() if opened is None else self._page(token, opened, {})

    def use(self, token: str) -> str | AnyResponse:
        """Begin."""
        opened = self.frame.door.opened(token)
        if opened is None:
            return self._over()
        if opened.purpose is LinkPurpose.DEMO:
            return self._enter_demo(token)
        errors = self._errors(opened)
        return self._page(token, opened, errors, code=422) if errors else self._begin(token, opened)

    def _errors(self, opened: Opened) -> dict[str, str]:
        form = request.form
        password, again = form.get("password", ""), form.get("again", "")
        known = (opened.admin.email, form.get("name", ""), self.frame.service.site.name)
        trouble = password_trouble(password, *known)
        if trouble:
            return {"password": trouble}
        return {} if password == again else {"again": "These two are not the same. Please type the password once more."}

    def _begin(self, token: str, opened: Opened) -> AnyResponse:
        name, zone, hashed = (
            request.form.get("name", ""),
            request.form.get("zone", ""),
            self.frame.keeper.hashed(request.form["password"]),
        )
        try:
            account = self.frame.door.accept(token, self.frame.network(), password=hashed, name=name, zone=zone)
        except AccountError as error:
            return self._page(token, opened, {"name": str(error)}, code=422)
        if account is None:
            return self._over()
        self.frame.seats.sign_in(account, second=False)
        return redirect("/admin/" if self.frame.service.demo else SECOND_STEP, 303)

    def _enter_demo(self, token: str) -> AnyResponse:
        account = self.frame.door.enter_demo(token, self.frame.network()) if self.frame.service.demo else None
        if account is None:
            return self._over()
        self.frame.seats.sign_in(account, second=False)
        return redirect("/admin/", 303)

    def _page(self, token: str, opened: Opened, errors: dict[str, str], code: int = 200) -> Response:
        admin = opened.admin
        values = {
            "token": token,
            "purpose": opened.purpose.value,
            "email": admin.email,
            "name": request.form.get("name", admin.name),
            "zone": request.form.get("zone", admin.zone),
            "zones": zone_rows(),
        }
        return self.frame.again("link.html", errors, code=code, **values)

    def _over(self) -> Response:
        return self.frame.refuse(OVER, code=410, heading="This link is over")
