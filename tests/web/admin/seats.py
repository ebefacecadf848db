"""Somebody who sits at the desk without signing in, for tests of what the desk does."""

from dataclasses import dataclass

from flask import Flask

from service.bootstrap import Service
from service.domain.roles import Role
from service.web.admin.desk import Seat

TOKEN = "a token of ours"


@dataclass
class StandInSeats:
    """The seats of a desk where a test says who sits. Forms are ours unless a test says otherwise."""

    seat: Seat | None = None
    fresh: bool = True
    ours: bool = True

    def sit(self, role: Role = Role.OWNER, *, admin_id: int = 1, name: str = "Ada", zone: str = "Europe/Berlin") -> None:
        """Sit down."""
        self.seat = Seat(admin_id, name, role, zone)

    def __call__(self, app: Flask, service: Service) -> "StandInSeats":  # noqa: ARG002  as the real ones are
        """What an app is built with."""
        return self

    def current(self) -> Seat | None:
        """Whoever sits there."""
        return self.seat

    def is_fresh(self) -> bool:
        """Whether they have verified a short while ago."""
        return self.fresh

    def sign_in_url(self, back: str) -> str:
        """A made-up address."""
        return f"/admin/sign-in?next={back}"

    def verify_url(self, back: str) -> str:
        """A made-up address."""
        return f"/admin/verify?next={back}"

    def form_token(self) -> str:
        """What forms carry."""
        return TOKEN

    def form_is_ours(self) -> bool:
        """Whether a form is ours."""
        return self.ours
