"""Who else works at the desk: invitations, roles, new links; refuses to leave the desk without an owner."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import admins as acts
from service.actions.admins import AccountError
from service.domain.accounts import LINK_LASTS
from service.domain.roles import ON_THE_LIST, Right, Role
from service.store import admins
from service.store.account_tables import Admin
from service.web.admin.desk import Desk

if TYPE_CHECKING:
    from service.store.database import Session

NOT_YOURSELF: Final = "This is your own account. Another owner can do this for you."


class ColleaguesPages:
    """`/admin/colleagues`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, owners = self.desk.page, Right.ADMINS
        page("/colleagues", "colleagues", self.show, right=owners)
        page("/colleagues", "colleague_invited", self.invite, right=owners, methods=["POST"], fresh=True)
        page("/colleagues/<int:admin_id>/role", "colleague_role", self.role, right=owners, methods=["POST"], fresh=True)
        page("/colleagues/<int:admin_id>/link", "colleague_link", self.link, right=owners, methods=["POST"], fresh=True)
        page("/colleagues/<int:admin_id>/remove", "colleague_removed", self.remove, right=owners, methods=["POST"], fresh=True)

    def show(self) -> str:
        """Everybody who has an account, and a form to invite somebody."""
        with self.desk.read() as session:
            people = admins.everybody(session)
            passkeys = admins.count_passkeys(session)
        rows = [
            {
                "admin": admin,
                "standing": _standing(admin, passkeys.get(admin.id, 0)),
                "me": admin.id == self.desk.seat().admin_id,
            }
            for admin in people
        ]
        return self.desk.render("desk/colleagues.html", rows=rows, roles=self._roles())

    def invite(self) -> str | AnyResponse:
        """Make an account and its first link."""
        form, wall, role = request.form, self.desk.service.wall(), _role()
        if role is None:
            return self.desk.refuse("Please choose what your colleague is to do.")
        zone = self.desk.seat().zone
        try:
            with self.desk.write("colleague invited", role=role.value) as session:
                name = form.get("name", "")
                admin, token = acts.invite(session, form.get("email", ""), role=role, name=name, zone=zone, wall=wall)
        except AccountError as error:
            return self.desk.refuse(str(error))
        return self._link_page(admin, token)

    def role(self, admin_id: int) -> AnyResponse:
        """Give a colleague another role."""
        role = _role()
        if role is None:
            return self.desk.refuse("Please choose what your colleague is to do.")
        return self._change("role changed", admin_id, lambda session: acts.change_role(session, admin_id, role))

    def link(self, admin_id: int) -> str | AnyResponse:
        """A new link for somebody who lost their password or their second step."""
        wall = self.desk.service.wall()
        try:
            with self.desk.write("new link made", f"admin:{admin_id}") as session:
                admin, token = acts.renew(session, admin_id, wall=wall)
        except AccountError as error:
            return self.desk.refuse(str(error))
        return self._link_page(admin, token)

    def remove(self, admin_id: int) -> AnyResponse:
        """Remove an account."""
        return self._change("colleague removed", admin_id, lambda session: acts.remove(session, admin_id))

    def _change(self, what: str, admin_id: int, act: "Callable[[Session], None]") -> AnyResponse:
        if admin_id == self.desk.seat().admin_id:
            return self.desk.refuse(NOT_YOURSELF)
        try:
            with self.desk.write(what, f"admin:{admin_id}") as session:
                act(session)
        except AccountError as error:
            return self.desk.refuse(str(error))
        return self.desk.done("colleagues")

    def _link_page(self, admin: Admin, token: str) -> Response:
        """The link itself, in this one answer only."""
        address = f"{self.desk.service.site.base_url}/admin/sign-in/link/{token}"
        until = self.desk.service.wall() + LINK_LASTS
        page = self.desk.render(
            "desk/colleague_link.html", link=address, email=admin.email, until=until, anew=admin.confirmed_at is not None
        )
        return Response(page)

    @staticmethod
    def _roles() -> list[tuple[str, str, str]]:
        return [(role.value, role.value.capitalize(), ON_THE_LIST[role]) for role in Role]


def _role() -> Role | None:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        return None


def _standing(admin: Admin, passkeys: int) -> str:
    """How far somebody has come, in words."""
    if admin.confirmed_at is None:
        return "invited"
    return "ready" if passkeys or admin.tf_totp_secret else "no second step yet"
