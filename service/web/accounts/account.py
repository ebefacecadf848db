"""One's own account: name, zone, digest, password, second steps, browsers; refuses to show anybody else's."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions.admin_sessions import fingerprint
from service.actions.admins import AccountError
from service.domain.accounts import password_trouble
from service.web.accounts.frame import Frame, Stage, zone_rows
from service.web.accounts.seats import ACCOUNT, SIGN_IN
from service.web.accounts.sessions import token_of


class OwnAccountPages:
    """`/admin/account`, its password and its browsers."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, seated = self.frame.page, Stage.SEATED
        page("/account", "own", self.show, stage=seated)
        page("/account", "saved", self.save, stage=seated, methods=["POST"])
        page("/account/password", "password", self.password, stage=seated, fresh=True)
        page("/account/password", "password_saved", self.save_password, stage=seated, methods=["POST"], fresh=True)
        page("/account/browsers/<int:session_id>/end", "browser_ended", self.end_one, stage=seated, methods=["POST"])
        page("/account/browsers/end", "browsers_ended", self.end_all, stage=seated, methods=["POST"])

    def show(self) -> Response:
        """The page of one's own account."""
        return self._page({})

    def save(self) -> AnyResponse:
        """Keep name, zone and digest."""
        form, account = request.form, self.frame.account()
        try:
            self.frame.door.save_profile(
                account,
                self.frame.network(),
                name=form.get("name", ""),
                zone=form.get("zone", ""),
                wants_digest="wants_digest" in form,
            )
        except AccountError as error:
            return self._page({"name": str(error)}, code=422)
        return redirect(f"{ACCOUNT}?saved=1", 303)

    def password(self) -> str:
        """The page to choose another password."""
        return self.frame.render("password.html", errors={}, account=self.frame.account())

    def save_password(self) -> str | AnyResponse:
        """Keep another password. Every browser is signed out but this one, which begins anew."""
        account, password = self.frame.account(), request.form.get("password", "")
        trouble = password_trouble(password, account.email, account.name, self.frame.service.site.name)
        errors = {"password": trouble} if trouble else {}
        if not errors and password != request.form.get("again", ""):
            errors = {"again": "These two are not the same. Please type the password once more."}
        if errors:
            return self.frame.again("password.html", errors, account=account)
        changed = self.frame.door.set_password(account, self.frame.network(), self.frame.keeper.hashed(password))
        self.frame.seats.sign_in(changed, second=True)
        return redirect(f"{ACCOUNT}?saved=1", 303)

    def end_one(self, session_id: int) -> AnyResponse:
        """Sign out in one browser."""
        self.frame.door.end_session(self.frame.account(), self.frame.network(), session_id)
        return redirect(ACCOUNT, 303)

    def end_all(self) -> AnyResponse:
        """Sign out everywhere, here too."""
        self.frame.door.end_sessions(self.frame.account(), self.frame.network())
        self.frame.seats.sign_out()
        return redirect(f"{SIGN_IN}?out=1", 303)

    def _page(self, errors: dict[str, str], code: int = 200) -> Response:
        account, here = self.frame.account(), fingerprint(token_of())
        browsers = [
            {"id": row.id, "name": row.browser, "seen": row.seen_at, "here": row.token_hash == here}
            for row in self.frame.door.sessions(account)
        ]
        return self.frame.again(
            "account.html",
            errors,
            code=code,
            account=account,
            passkeys=self.frame.door.passkeys(account),
            browsers=browsers,
            zones=zone_rows(),
            saved="saved" in request.args,
        )
