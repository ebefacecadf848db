"""The page that gives all readers out as a file, for a reason that the trail keeps; refuses without one (Z-8, Z-13)."""

from collections.abc import Iterator

from flask import Response, make_response, request, url_for

from service.actions import given_out, lists
from service.domain.roles import Right
from service.store import people
from service.store.people import Filters
from service.web.admin.desk import Desk
from service.web.admin.people import grounds


class ExportPages:
    """`/admin/people/export`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        self.desk.page("/people/export", "people_export", self.show, right=Right.EXPORT)
        self.desk.page("/people/export", "people_exported", self.give, right=Right.EXPORT, methods=("POST",), fresh=True)

    def show(self) -> str:
        """What an export holds, and how many people it is about."""
        return self._page()

    def _page(self, typed: str = "", error: str = "") -> str:
        errors = {"why": error} if error else {}
        fresh = grounds.fresh(self.desk, url_for("desk_people_export"))
        return self.desk.render("desk/export.html", count=self._count(), typed=typed, errors=errors, **fresh)

    def _count(self) -> int:
        with self.desk.read() as session:
            return people.count(session, Filters(), now=self.desk.service.now())

    def give(self) -> Response:
        """All readers as a file, line by line. Every owner gets a note, and can read on the trail why it was done."""
        typed = request.form.get("why", "")
        why, error = grounds.read(typed)
        if error:
            return make_response(self._page(typed, error), 422)
        service, by = self.desk.service, self.desk.seat().admin_id
        with self.desk.write("all readers exported", "", why=why, readers=self._count()) as session:
            given_out.tell(session, by, base_url=service.site.base_url, wall=service.wall())
        made = Response(self._lines(), mimetype="text/csv")
        made.headers["Content-Disposition"] = 'attachment; filename="readers.csv"'
        return made

    def _lines(self) -> Iterator[str]:
        with self.desk.service.read() as session:
            yield from lists.readers(session)
