"""The page of addresses that are never written to: counting, looking one up, adding, lifting; refuses to list them.

What is kept are keyed hashes, so nobody can read addresses off this page. What is typed comes by POST and is never logged.
"""

from typing import Any, Final

from flask import Response, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.actions import lists
from service.actions import people as acts
from service.actions.people import MANUAL, PersonError
from service.actions.person import SUPPRESSED
from service.domain.imports.files import File, ListError
from service.domain.roles import Right
from service.mail.addresses import postable
from service.store import suppressions
from service.web.admin.desk import Desk
from service.web.admin.people import grounds
from service.web.admin.people import words as person_words

LARGEST: Final = 21 * 1024 * 1024
ON_A_PAGE: Final = 100
CHOOSE_FILE: Final = "Please choose a file first."
DONE: Final = {
    "added": "Done. Nothing is written to this address any more.",
    "lifted": "Done. Whoever has this address can sign up again. Nothing is sent to it until they do.",
}


class SuppressionPages:
    """`/admin/suppressions`, `check`, `add`, `lift`, `lift-anyway`, `file`, `upload`; `?reason=` shows the newest entries."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.service = desk.service

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, here = self.desk.page, "/suppressions"
        page(here, "suppressions", self.show, right=Right.SUPPRESS)
        page(f"{here}/check", "suppressions_check", self.check, right=Right.SUPPRESS, methods=("POST",))
        page(f"{here}/add", "suppressions_add", self.add, right=Right.SUPPRESS, methods=("POST",))
        page(f"{here}/lift", "suppressions_lift", self.lift, right=Right.SUPPRESS, methods=("POST",))
        # Only an owner has this right, and only an owner may go against a person's own word.
        anyway = {"right": Right.PEOPLE_ALL, "methods": ("POST",), "fresh": True}
        page(f"{here}/lift-anyway", "suppressions_lift_anyway", self.lift_anyway, **anyway)  # type: ignore[arg-type]
        page(f"{here}/file", "suppressions_file", self.give_file, right=Right.EXPORT, methods=("POST",), fresh=True)
        upload = {"methods": ("POST",), "fresh": True, "largest": LARGEST}
        page(f"{here}/upload", "suppressions_upload", self.upload, right=Right.IMPORT, **upload)  # type: ignore[arg-type]

    def show(self) -> str:
        """How many addresses are suppressed, and why; the newest entries of one reason."""
        return self._page(reason=request.args.get("reason", ""))

    def _page(self, **values: Any) -> str:  # noqa: ANN401  what the page shows
        reason = values.get("reason", "")
        with self.desk.read() as session:
            counts = suppressions.count_by_reason(session)
            entries = suppressions.newest(session, reason, limit=ON_A_PAGE) if reason in person_words.SUPPRESSED else None
        shown: dict[str, Any] = {"reason": "", "typed": "", "errors": {}, "checked": None, "brought": None, "why": ""}
        return self.desk.render(
            "desk/suppressions.html",
            words=person_words,
            counts=[
                (counts.get(each, 0), said, url_for("desk_suppressions", reason=each), "")
                for each, said in person_words.SUPPRESSED.items()
            ],
            entries=entries,
            most=ON_A_PAGE,
            manual=MANUAL,
            done=DONE.get(request.args.get("done", ""), ""),
            **grounds.fresh(self.desk, url_for("desk_suppressions")),
            **(shown | values),
        )

    def check(self) -> str | Response:
        """Whether one address is suppressed, and why."""
        return self._checked(request.form.get("address", "").strip()[:254])

    def _checked(self, typed: str, *, code: int = 200, **values: Any) -> str | Response:  # noqa: ANN401  what the page shows
        if "@" not in typed:
            return self._wrong("address", "Please type the whole address, such as name@example.org.", typed)
        with self.desk.read() as session:
            found = acts.suppression(session, typed, keys=self.service.keys)
            person = acts.find(session, typed)
        barred = person is not None and person.state in ("bounced", "complained")
        self.desk.looked("suppression looked up", "", found=int(found is not None))
        checked = {
            "reason": found.reason if found else "",
            "since": found.created_at if found else None,
            "barred": person.state if person and barred else "",
        }
        return make_response(self._page(typed=typed, checked=checked, **values), code)

    def add(self) -> str | AnyResponse:
        """Never write to an address again."""
        typed = request.form.get("new", "").strip()[:254]
        try:
            address = postable(typed)
        except ValueError as error:
            return self._wrong("new", str(error), typed)
        source = f"desk:{self.desk.seat().admin_id}"
        now, wall, keys = self.service.now(), self.service.wall(), self.service.keys
        with self.desk.read() as session:
            known = acts.find(session, address)
            about = f"person:{known.ref}" if known else ""
        with self.desk.write(SUPPRESSED, about) as session:
            acts.suppress_address(session, address, source=source, keys=keys, now=now, wall=wall)
        return self.desk.done("suppressions", done="added")

    def lift(self) -> str | AnyResponse:
        """Let an address be written to again that somebody at the desk had added."""
        return self._lift("")

    def lift_anyway(self) -> str | AnyResponse:
        """The same for an entry that is a person's own word, or their mailbox's."""
        typed = request.form.get("address", "").strip()[:254]
        given = request.form.get("why", "")
        why, error = grounds.read(given)
        return self._checked(typed, code=422, why=given, errors={"why": error}) if error else self._lift(why)

    def _lift(self, why: str) -> str | AnyResponse:
        typed = request.form.get("address", "").strip()[:254]
        facts = {"why": why} if why else {}
        try:
            with self.desk.write("suppression lifted", "", **facts) as session:
                acts.lift(session, typed, against_their_word=bool(why), keys=self.service.keys, wall=self.service.wall())
        except PersonError as error:
            return self._wrong("address", str(error), typed)
        return self.desk.done("suppressions", done="lifted")

    def give_file(self) -> str | Response:
        """All suppressions as a file of keyed hashes."""
        given = request.form.get("why", "")
        why, error = grounds.read(given)
        if error:
            return self._wrong("file-why", error, why=given)
        self.desk.looked("suppressions exported", "", why=why)

        def lines() -> Any:  # noqa: ANN401  a generator of lines
            with self.service.read() as session:
                yield from lists.suppressions(session)

        made = Response(lines(), mimetype="text/csv")
        made.headers["Content-Disposition"] = 'attachment; filename="suppressions.csv"'
        return made

    def upload(self) -> str | Response:
        """Never write again to the addresses of a list."""
        file = request.files.get("list")
        if file is None or not file.filename:
            return self._wrong("list", CHOOSE_FILE)
        data, source = file.read(), f"desk:{self.desk.seat().admin_id}"
        now, wall, keys = self.service.now(), self.service.wall(), self.service.keys
        try:
            with self.desk.write("list of suppressions taken in", "", bytes=len(data)) as session:
                brought = lists.suppress(session, File(file.filename, data), source=source, keys=keys, now=now, wall=wall)
        except ListError as error:
            return self._wrong("list", str(error))
        return self._page(brought=brought)

    def _wrong(self, field: str, sentence: str, typed: str = "", **values: Any) -> Response:  # noqa: ANN401
        return make_response(self._page(typed=typed, errors={field: sentence}, **values), 422)
