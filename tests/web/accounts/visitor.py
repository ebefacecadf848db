"""Somebody with a browser at the door of the desk, for tests: sends what the last page's form carries, and lets time pass."""

import re
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.actions import admins
from service.bootstrap import Service
from service.domain.roles import Role
from service.store.account_tables import AdminSession

PASSWORD = "a long and quiet evening"
ADA = "ada@example.org"
MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class LateService(Service):
    """A service whose real time stands still until a test moves it on."""

    later: ClassVar[timedelta] = timedelta()

    def wall(self) -> datetime:
        """The time of the test."""
        return MORNING + LateService.later


def late(service: Service, **changed: object) -> LateService:
    """The same service, with a clock that can be moved."""
    LateService.later = timedelta()
    values = {each.name: getattr(service, each.name) for each in fields(service)} | changed
    return LateService(**values)


def pass_time(span: timedelta) -> None:
    """Let real time pass."""
    LateService.later += span


def invited(service: Service, email: str = ADA, role: Role = Role.OWNER) -> str:
    """A new account; gives the address of its link."""
    with service.write() as session:
        _, token = admins.invite(session, email, role=role, name=email.partition("@")[0].title(), wall=service.wall())
        return f"/admin/sign-in/link/{token}"


def browsers(service: Service) -> list[AdminSession]:
    """All sessions that are kept."""
    with service.read() as session:
        return list(session.scalars(select(AdminSession).order_by(AdminSession.id)))


@dataclass
class Visitor:
    """A browser at the desk."""

    app: Flask
    service: Service
    client: FlaskClient = field(init=False)
    token: str = ""
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        """Look at a page, and take its form's token along."""
        answer = self.client.get(path, headers=headers)
        self._take_token(answer)
        return answer

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form of ours."""
        answer = self.client.post(path, data={"csrf_token": self.token} | form, buffered=True)  # to the very end
        self._take_token(answer)
        return answer

    def cookie(self) -> str:
        """What this browser carries."""
        kept = self.client.get_cookie("desk")
        return kept.value if kept else ""

    def code(self) -> str:
        """What the app shows now."""
        return str(TOTP(self.secret).generate(time=self.service.wall()).token)

    def begin(self, link: str, password: str = PASSWORD) -> TestResponse:
        """Use a link, with a password of one's own."""
        self.get(link)
        return self.post(link, name="Ada", zone="Europe/Berlin", password=password, again=password)

    def set_up_app(self) -> TestResponse:
        """Set up an app for codes."""
        letters = re.search(r'class="ref">([A-Z2-7-]+)<', self.get("/admin/account/app").text)
        assert letters
        self.secret = letters[1].replace("-", "")
        answer = self.post("/admin/account/app/code", code=self.code())
        self.codes = re.findall(r'class="ref">([a-z2-7-]{29})<', answer.text)
        return answer

    def joined(self, link: str = "") -> "Visitor":
        """Come all the way in, with an account of one's own."""
        assert self.begin(link or invited(self.service)).status_code == 303
        assert self.set_up_app().status_code == 200
        pass_time(timedelta(seconds=60))  # the code of this half minute is used
        return self

    def give_password(self, email: str = ADA, password: str = PASSWORD, **more: str) -> TestResponse:
        """The first step."""
        self.get("/admin/sign-in")
        return self.post("/admin/sign-in/password", email=email, password=password, **more)

    def give_code(self, code: str = "") -> TestResponse:
        """The second step."""
        self.get("/admin/sign-in/second")
        return self.post("/admin/sign-in/second/code", code=code or self.code())

    def is_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("/admin/account").status_code == 200

    def _take_token(self, answer: TestResponse) -> None:
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
