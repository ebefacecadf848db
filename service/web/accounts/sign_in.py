"""Signing in and out: password, second step, passkey; refuses to say which part was wrong, or whom it knows (Z-3)."""

from typing import Final

from flask import Response, after_this_request, jsonify, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from service.domain.accounts import LONGEST_PASSWORD, plain_code
from service.domain.addresses import key
from service.web.accounts.frame import Frame, Stage, back
from service.web.accounts.passkeys import Passkeys, as_json
from service.web.accounts.seats import SECOND_STEP, SIGN_IN
from service.web.accounts.security import Account

NO_FIT: Final = "This address and password do not fit together. Please look at both and try again."
NO_CODE: Final = "This code does not fit. Each code can be used once; please wait for the next one, or use a recovery code."
NO_PASSKEY: Final = "This passkey did not work here. You can try once more, or sign in with your password."
WAIT: Final = "There were several tries in a short time. Please wait a minute, then try again."


class SignInPages:
    """`/admin/sign-in` and what follows, `/admin/sign-out`, and `/admin/account/verify`."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.seats = frame.seats
        self.passkeys = Passkeys(frame)

    def mount(self) -> None:
        """Give the pages their addresses."""
        page = self.frame.page
        page("/sign-in", "sign_in", self.show)
        page("/sign-in/password", "password_shown", self.password, methods=["POST"])
        page("/sign-in/passkey/question", "passkey_question", self.question, methods=["POST"])
        page("/sign-in/passkey", "passkey_shown", self.passkey, methods=["POST"])
        page("/sign-in/second", "second", self.second)
        page("/sign-in/second/code", "second_shown", self.second_shown, methods=["POST"])
        page("/sign-out", "sign_out", self.sign_out, stage=Stage.ACCOUNT, methods=["POST"])
        page("/account/verify", "verify", self.verify, stage=Stage.ACCOUNT)
        page("/account/verify/password", "verify_password", self.verify_password, stage=Stage.ACCOUNT, methods=["POST"])
        page("/account/verify/passkey", "verify_passkey", self.verify_passkey, stage=Stage.ACCOUNT, methods=["POST"])

    def show(self) -> str | AnyResponse:
        """The page on which one signs in; who is in already goes on."""
        if self.seats.current() is not None:
            return redirect(back(), 303)
        return self.frame.render("sign_in.html", back=back(), email="", errors={}, out="out" in request.args)

    def password(self) -> str | AnyResponse:
        """Take an address and a password."""
        email, password = request.form.get("email", ""), request.form.get("password", "")
        who, network, wall = key(email)[:254], self.frame.network(), self.frame.service.wall()
        if self.frame.delays.is_waiting(who, network, wall=wall):
            return self._again(WAIT, 429)
        account = self.frame.keeper.accounts.by_key(who)
        if not self.frame.keeper.is_right_password(account, password[: LONGEST_PASSWORD + 1]) or account is None:
            self.frame.delays.failed(who, network, wall=wall)
            self._note_refusal(account, "password")
            return self._again(NO_FIT)
        if account.has_second_step and not self.frame.service.demo:
            self.seats.go_half_way(account)
            session["back"] = back()
            return redirect(f"{SIGN_IN}/second", 303)
        return self._let_in(account, "password", second=False, to=back())

    def question(self) -> Response:
        """The question for a passkey."""
        return jsonify(as_json(self.passkeys.ask()))

    def passkey(self) -> str | AnyResponse:
        """Take a passkey: something one has, unlocked by something one knows or is. It is both steps at once."""
        to = str(session.get("back") or back())
        account = self._shown()
        if account is None:
            return self._again(NO_PASSKEY)
        return self._let_in(account, "passkey", second=True, to=to)

    def second(self) -> str | AnyResponse:
        """The page of the second step."""
        account = self._half_way()
        return redirect(SIGN_IN, 303) if account is None else self._second(account, {})

    def second_shown(self) -> str | AnyResponse:
        """Take a code of the app, or a recovery code."""
        account = self._half_way()
        if account is None:
            return redirect(SIGN_IN, 303)
        who, network, wall = f"second:{account.id}", self.frame.network(), self.frame.service.wall()
        if self.frame.delays.is_waiting(who, network, wall=wall):
            return self._second(account, {"code": WAIT}, code=429)
        way = self._way_of(account, plain_code(request.form.get("code", "")))
        if way is None:
            self.frame.delays.failed(who, network, wall=wall)
            self._note_refusal(account, "second step")
            return self._second(account, {"code": NO_CODE}, code=422)
        return self._let_in(account, way, second=True, to=str(session.get("back", "")))

    def sign_out(self) -> AnyResponse:
        """Sign out here."""
        self.seats.sign_out()
        return redirect(f"{SIGN_IN}?out=1", 303)

    def verify(self) -> Response:
        """The page on which one shows that it still is them."""
        return self._verify({})

    def verify_password(self) -> str | AnyResponse:
        """Take the password once more."""
        account, wall, network = self.frame.account(), self.frame.service.wall(), self.frame.network()
        who = key(account.email)
        if self.frame.delays.is_waiting(who, network, wall=wall):
            return self._verify({"password": WAIT}, code=429)
        if not self.frame.keeper.is_right_password(account, request.form.get("password", "")[: LONGEST_PASSWORD + 1]):
            self.frame.delays.failed(who, network, wall=wall)
            self._note_refusal(account, "verifying again")
            return self._verify({"password": "This is not the password of this account. Please try again."}, code=422)
        self.seats.verified()
        return redirect(back(), 303)

    def verify_passkey(self) -> str | AnyResponse:
        """Take a passkey of the same account."""
        shown = self._shown()
        if shown is None or shown.id != self.frame.account().id:
            return self._verify({"password": NO_PASSKEY}, code=422)
        self.seats.verified()
        return redirect(back(), 303)

    def _way_of(self, account: Account, code: str) -> str | None:
        """How a code lets somebody in; None if it does not. It is used up."""
        if len(code) == 6 and code.isdecimal():
            return "password and code" if self._is_code(account, code) else None
        return "password and recovery code" if self.frame.door.use_recovery_code(account, self.frame.network(), code) else None

    def _is_code(self, account: Account, code: str) -> bool:
        codes, secret = self.frame.keeper.codes, account.tf_totp_secret
        if not secret or not codes.is_right(code, secret, account):
            return False
        anew = codes.under_the_first_key(secret)
        if anew:
            self.frame.door.encrypt_anew(account, secret, anew)
        return True

    def _let_in(self, account: Account, way: str, *, second: bool, to: str) -> AnyResponse:
        self.frame.door.came_in(account, self.frame.network(), way)
        self.seats.sign_in(account, second=second)
        return redirect(to or "/admin/" if second or self.frame.service.demo else SECOND_STEP, 303)

    def _note_refusal(self, account: Account | None, step: str) -> None:
        """Leave a line on the trail once the answer has left: the time it takes tells nobody whom we know (Z-3)."""
        if account is None:
            return
        door, network = self.frame.door, self.frame.network()

        @after_this_request
        def note_it(response: Response) -> Response:
            response.call_on_close(lambda: door.refused(account, network, step))
            return response

    def _half_way(self) -> Account | None:
        half = self.seats.half_way()
        account = None if half is None else self.frame.keeper.accounts.by_id(half)
        return account if account and account.active else None

    def _shown(self) -> Account | None:
        return self.passkeys.shown(request.form.get("credential", ""))

    def _again(self, sentence: str, code: int = 422) -> Response:
        email = request.form.get("email", "")[:254]
        return self.frame.again("sign_in.html", {"email": sentence}, code=code, back=back(), email=email, out=False)

    def _second(self, account: Account, errors: dict[str, str], code: int = 200) -> Response:
        return self.frame.again("second.html", errors, code=code, account=account)

    def _verify(self, errors: dict[str, str], code: int = 200) -> Response:
        return self.frame.again("verify.html", errors, code=code, account=self.frame.account(), back=back())
