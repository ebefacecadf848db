"""The versions of a letter: who published what and when, the difference of any two, going back; refuses to change one."""

from typing import Any, Final

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import drafts
from service.actions.arranging import RefusedError
from service.actions.drafts import Writer
from service.domain.diffs import differences
from service.domain.roles import Right
from service.mail.editing import LABELS
from service.mail.words import english_name
from service.store import audit, letters, sequences
from service.web.admin.desk import Desk
from service.web.admin.letters import editor
from service.web.admin.letters.editor import Opened

DRAFT: Final = 0
"""Stands for the draft where a version is chosen."""
LINES: Final = 20


class VersionPages:
    """`/admin/letters/<id>/versions`; `?before=3&after=7` of two of them, by their ids, 0 for the draft."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        here = "/letters/<int:letter_id>/versions"
        self.desk.page(here, "letter_versions", self.show, right=Right.SEE)
        restored = f"{here}/<int:version_id>/restore"
        self.desk.page(restored, "letter_restored", self.restore, right=Right.WRITE, methods=["POST"])

    def show(self, letter_id: int) -> AnyResponse:
        """All versions, and what was changed between two."""
        with self.desk.read() as session:
            here = editor.opened(self.desk, session, letter_id, request.args.get("language", ""))
            if here is None:
                return self.desk.not_found()
            versions = letters.versions_of(session, letter_id)
            words = {each.id: _source(session, each.id, here.language) for each in versions}
            lines = audit.lines(session, about=f"letter:{letter_id}", limit=LINES)
        if here.text.draft is not None:
            words = {DRAFT: here.text.source} | words
        before, after = _chosen(list(words))
        page = self.desk.render(
            "desk/letter_versions.html",
            here=here,
            versions=versions,
            rows=_rows(here, versions),
            languages=[(each, english_name(each)) for each in here.languages],
            before=before,
            after=after,
            changed=_changed(words.get(before, ""), words.get(after, "")),
            labels=LABELS,
            lines=lines,
        )
        return make_response(page)

    def restore(self, letter_id: int, version_id: int) -> AnyResponse:
        """Make a draft of the words of an older version."""
        service, seat = self.desk.service, self.desk.seat()
        writer = Writer(seat.admin_id, seat.name, service.wall())
        try:
            with self.desk.write("version restored as a draft", f"letter:{letter_id}", version=version_id) as session:
                drafts.restore(session, letter_id, version_id, writer=writer, now=service.now())
        except RefusedError as error:
            return self.desk.refuse(str(error))
        return self.desk.done("letter", letter_id=letter_id, saved="yes")


def _source(session: Any, version_id: int, language: str) -> str:  # noqa: ANN401  a session
    return next((each.source for each in sequences.texts_of(session, version_id) if each.language == language), "")


def _chosen(there: list[int]) -> tuple[int, int]:
    """The two that are held against each other; the newest two where none is chosen."""
    newest = there[0] if there else -1
    older = there[1] if len(there) > 1 else newest
    before, after = request.args.get("before", older, type=int), request.args.get("after", newest, type=int)
    return before if before in there else older, after if after in there else newest


def _changed(before: str, after: str) -> list[tuple[str, list[tuple[str, str]]]]:
    old, new = drafts.form_of(before).values(), drafts.form_of(after).values()
    parts = [part for part in differences(old, new) if part.is_changed]
    return [(part.name, [(piece.change, piece.words) for piece in part.pieces]) for part in parts]


def _rows(here: Opened, versions: Any) -> list[tuple[int, str]]:  # noqa: ANN401  rows of the database
    """What can be chosen."""
    numbered = [(each.id, f"Version {each.number}") for each in versions]
    return [(DRAFT, "The draft"), *numbered] if here.text.draft else numbered
