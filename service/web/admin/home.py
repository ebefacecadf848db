"""The first page of the desk: how things stand, and holding everything; refuses to say who anybody is."""

from service.domain.roles import Right
from service.web.admin.desk import Desk


class HomePages:
    """`/admin/`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/", "home", self.show, right=Right.SEE)

    def show(self) -> str:
        """How things stand."""
        return self.desk.render("desk/home.html")
