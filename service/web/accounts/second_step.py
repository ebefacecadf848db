"""Setting up the second step: passkeys, an app for codes, recovery codes; refuses to show a secret twice."""

from collections.abc import Callable
from typing import Final

import segno
from flask import Response, jsonify, redirect, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from service.actions.admins import AccountError
from service.domain.accounts import plain_code
from service.web.accounts.frame import Frame, Stage, View
from service.web.accounts.passkeys import Passkeys, as_json
from service.web.accounts.seats import ACCOUNT, SECOND_STEP

NOT_MADE: Final = "The passkey was not made. You can try once more, or use an app for codes."
NO_CODE: Final = "This code does not fit. Please look at the app again: it shows a new one every half minute."


class SecondStepPages:
    """`/admin/account/second-step`, `/admin/account/app`, `/admin/account/codes`, `/admin/account/passkeys`."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.passkeys = Passkeys(frame)

    def mount(self) -> None:
        """Give the pages their addresses."""
        self._page("second-step", "second_step", self.choose)
        self._page("app", "app", self.app)
        self._page("app/code", "app_shown", self.app_shown, "POST")
        self._page("app/remove", "app_removed", self.remove_app, "POST")
        self._page("codes", "codes", self.codes, "POST")
        self._page("passkeys/question", "passkey_wanted", self.question, "POST")
        self._page("passkeys", "passkey_made", self.made, "POST")
        self._page("passkeys/<int:passkey_id>/name", "passkey_named", self.name, "POST")
        self._page("passkeys/<int:passkey_id>/remove", "passkey_removed", self.remove, "POST")

    def _page(self, rule: str, endpoint: str, view: View, method: str = "GET") -> None:
        self.frame.page(f"/account/{rule}", endpoint, view, stage=Stage.ACCOUNT, methods=[method], fresh=True)

    def choose(self) -> str:
        """Which second step it is to be."""
        return self.frame.render("second_step.html", account=self.frame.account(), errors={})

    def app(self) -> Response:
        """The secret of an app for codes, as a picture and in letters."""
        return self._app({})

    def app_shown(self) -> str | AnyResponse:
        """Take the first code, which proves that the app has the secret."""
        secret, typed = str(session.get("app", "")), plain_code(request.form.get("code", ""))
        counter = self.frame.keeper.codes.counter(typed, secret) if secret else None
        if counter is None:
            return self._app({"code": NO_CODE}, code=422)
        self.frame.door.keep_secret(self.frame.account(), self.frame.network(), secret, counter=counter)
        session.pop("app")
        return self._set_up()

    def remove_app(self) -> AnyResponse:
        """Take the app away."""
        return self._try(lambda: self.frame.door.take_away_app(self.frame.account(), self.frame.network()))

    def codes(self) -> str:
        """New recovery codes. This answer is the only place where they ever stand."""
        codes = self.frame.door.new_codes(self.frame.account(), self.frame.network())
        return self.frame.render("codes.html", codes=codes)

    def question(self) -> Response:
        """What a browser needs to make a passkey."""
        account = self.frame.account()
        return jsonify(as_json(self.passkeys.ask_for_a_new_one(account, self.frame.door.passkeys(account))))

    def made(self) -> str | AnyResponse:
        """Take a new passkey."""
        made = self.passkeys.made(request.form.get("credential", ""))
        if made is None:
            return self.frame.refuse(NOT_MADE, heading="No passkey yet")
        account, name = self.frame.account(), request.form.get("name", "")
        try:
            self.frame.door.add_passkey(account, self.frame.network(), name, made)
        except AccountError as error:
            return self.frame.refuse(str(error))
        return self._set_up()

    def name(self, passkey_id: int) -> AnyResponse:
        """Give a passkey another name."""
        account, network, name = self.frame.account(), self.frame.network(), request.form.get("name", "")
        return self._try(lambda: self.frame.door.name_passkey(account, network, passkey_id, name))

    def remove(self, passkey_id: int) -> AnyResponse:
        """Take a passkey away."""
        account, network = self.frame.account(), self.frame.network()
        return self._try(lambda: self.frame.door.take_away_passkey(account, network, passkey_id))

    def _set_up(self) -> str | AnyResponse:
        """On from a second step that was set up: the first time by way of the recovery codes."""
        account = self.frame.account()
        self.frame.seats.second_step_taken()
        return redirect(ACCOUNT, 303) if account.codes_left else self.codes()

    def _try(self, act: Callable[[], None]) -> AnyResponse:
        try:
            act()
        except AccountError as error:
            return self.frame.refuse(str(error))
        return redirect(ACCOUNT, 303)

    def _app(self, errors: dict[str, str], code: int = 200) -> Response:
        codes, account = self.frame.keeper.codes, self.frame.account()
        secret = session["app"] = session.get("app") or codes.generate_totp_secret()
        picture = segno.make(codes.get_totp_uri(account.email, secret), error="m").svg_inline(
            scale=5, border=4, light="#fff", title="The secret as a picture for your app"
        )
        values = {"picture": Markup(picture), "letters": codes.get_totp_pretty_key(secret), "back": SECOND_STEP}  # noqa: S704  segno's own, of a secret of ours
        return self.frame.again("app.html", errors, code=code, **values)
