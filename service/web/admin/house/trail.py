"""The page of what was done and looked at on the desk; refuses to change a line of it."""

from flask import request

from service.domain.roles import Right
from service.store import audit
from service.web.admin.desk import Desk

ON_A_PAGE = 100


class TrailPages:
    """`/admin/trail`; `?about=letter:12` of one thing, `?by=3` of one person at the desk, `?before=` further back."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/trail", "trail", self.show, right=Right.AUDIT)
        self.desk.page("/trail/seals", "trail_seals", self.show_seals, right=Right.AUDIT)

    def show(self) -> str:
        """The newest lines, a page of them at a time."""
        about, by = request.args.get("about", "")[:64], request.args.get("by", type=int)
        with self.desk.read() as session:
            lines = audit.lines(
                session, about=about, admin_id=by, before_id=request.args.get("before", type=int), limit=ON_A_PAGE + 1
            )
        older = lines[ON_A_PAGE - 1].id if len(lines) > ON_A_PAGE else None
        return self.desk.render("desk/trail.html", lines=lines[:ON_A_PAGE], about=about, by=by, older=older)

    def show_seals(self) -> str:
        """Whether every line is as it was written and follows the one before it."""
        with self.desk.read() as session:
            broken = audit.first_broken(session)
        return self.desk.render("desk/trail_seals.html", broken=broken)
