"""The pages about the house, about privacy and about communities, as an owner writes them; refuses what cannot be shown."""

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.domain.roles import Right
from service.store import choices
from service.web import own_pages
from service.web.admin.desk import Desk
from service.web.own_pages import NAMES, PLACEHOLDERS

LONGEST: int = 60_000


class OwnPagesEditor:
    """`/admin/pages` and `/admin/pages/<name>/<language>`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.folder = desk.service.templates / "pages"

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, owners = self.desk.page, Right.SETTINGS
        page("/pages", "own_pages", self.show, right=owners)
        page("/pages/<name>/<language>", "own_page", self.show_one, right=owners)
        page("/pages/<name>/<language>", "own_page_saved", self.save, right=owners, methods=["POST"], fresh=True)

    def show(self) -> str:
        """Every page in every language, and whose text it is."""
        own = self.desk.service.own_pages
        rows = [(name, language, (name, language) in own) for name in NAMES for language in self._languages()]
        return self.desk.render("desk/own_pages.html", rows=rows)

    def show_one(self, name: str, language: str) -> str | AnyResponse:
        """One page with its history; an older text of it with `?version=`."""
        if not self._is_known(name, language):
            return self.desk.not_found()
        version = request.args.get("version", type=int)
        with self.desk.read() as session:
            older = choices.page_version(session, version) if version else None
        fits = older is not None and (older.name, older.language) == (name, language)
        return self._one(name, language, (older.source if older and fits else None) or self._source(name, language), [])

    def save(self, name: str, language: str) -> str | AnyResponse:
        """Save it as it was written, or let the file say it again."""
        if not self._is_known(name, language):
            return self.desk.not_found()
        source = None if request.form.get("back") else request.form.get("source", "").replace("\r\n", "\n")
        if source is not None and (mistakes := _mistakes(source, language)):
            return make_response(self._one(name, language, source, mistakes), 422)
        seat, wall = self.desk.seat(), self.desk.service.wall()
        with self.desk.write("page saved", f"page:{name}:{language}") as session:
            choices.save_page(session, name, language, source, by=seat.name, wall=wall)
        self.desk.service.choices.forget()
        return self.desk.done("own_page", name=name, language=language)

    def _one(self, name: str, language: str, source: str, mistakes: list[tuple[str, str]]) -> str:
        with self.desk.read() as session:
            history = choices.page_history(session, name, language)
        return self.desk.render(
            "desk/own_page.html",
            name=name,
            language=language,
            source=source,
            mistakes=mistakes,
            history=history,
            own=(name, language) in self.desk.service.own_pages,
            placeholders=sorted(PLACEHOLDERS),
        )

    def _source(self, name: str, language: str) -> str:
        own = self.desk.service.own_pages.get((name, language))
        path = self.folder / f"{name}.{language}.md"
        return own if own is not None else path.read_text("utf-8-sig") if path.exists() else ""

    def _languages(self) -> list[str]:
        """Those in which there is any page."""
        return sorted({path.name.split(".")[1] for path in self.folder.glob("*.md")})

    def _is_known(self, name: str, language: str) -> bool:
        return name in NAMES and language in self._languages()


def _mistakes(source: str, language: str) -> list[tuple[str, str]]:
    """What is wrong with a page, each with its line."""
    if len(source) > LONGEST:
        return [("source", f"This page is longer than {LONGEST:,} characters. Please shorten it.")]
    _, found = own_pages.parse(source, language)
    return [("source", f"Line {line}: {sentence}") for line, sentence in sorted(found)]
