"""Puts all pages of the desk on an app; refuses to decide what they say."""

from typing import TYPE_CHECKING, Final, Protocol

from flask import Flask

from service.domain.roles import Right
from service.web.admin.batches.audience import BatchAudience
from service.web.admin.batches.letters import BatchLetters
from service.web.admin.batches.life import BatchLife
from service.web.admin.batches.listing import BatchPages
from service.web.admin.batches.progress import BatchProgress
from service.web.admin.batches.timing import BatchTiming
from service.web.admin.batches.trial import BatchTrial
from service.web.admin.calendar.pages import CalendarPages
from service.web.admin.desk import Desk, NavItem, Seats
from service.web.admin.home import HomePages
from service.web.admin.house.colleagues import ColleaguesPages
from service.web.admin.house.lines import LinesPages
from service.web.admin.house.opening import OpeningPages
from service.web.admin.house.own_pages import OwnPagesEditor
from service.web.admin.house.settings import SettingsPages
from service.web.admin.house.trail import TrailPages
from service.web.admin.letters.editor import EditorPages
from service.web.admin.letters.machine import MachinePages
from service.web.admin.letters.programmes import ProgrammePages
from service.web.admin.letters.publish import PublishPages
from service.web.admin.letters.reviews import ReviewPages
from service.web.admin.letters.versions import VersionPages
from service.web.admin.people.exporting import ExportPages
from service.web.admin.people.importing import ImportPages
from service.web.admin.people.listing import PeoplePages
from service.web.admin.people.outcomes import OutcomePages
from service.web.admin.people.person import PersonPages
from service.web.admin.people.suppressions import SuppressionPages

if TYPE_CHECKING:
    from service.bootstrap import Service


class _Pages(Protocol):
    def mount(self) -> None: ...


class _MakesPages(Protocol):
    def __call__(self, desk: Desk) -> _Pages: ...


NAV: Final = (
    NavItem("Desk", "desk_home", Right.SEE),
    NavItem("Programmes", "desk_programmes", Right.SEE),
    NavItem("Batches", "desk_batches", Right.SEE),
    NavItem("Calendar", "desk_calendar", Right.SEE),
    NavItem("Time machine", "desk_machine", Right.MACHINE),
    NavItem("Outcomes", "desk_outcomes", Right.RESOLVE),
    NavItem("People", "desk_people", Right.PEOPLE),
    NavItem("Import", "desk_imports", Right.IMPORT),
    NavItem("Suppressions", "desk_suppressions", Right.SUPPRESS),
    NavItem("Pages and settings", "desk_settings", Right.SETTINGS),
    NavItem("Opening", "desk_opening", Right.SETTINGS),
    NavItem("Colleagues", "desk_colleagues", Right.ADMINS),
    NavItem("Trail", "desk_trail", Right.AUDIT),
)
"""What the desk leads to, in its order. A page that is not there yet is not shown."""

PAGES: Final[tuple[_MakesPages, ...]] = (
    HomePages,
    TrailPages,
    ColleaguesPages,
    SettingsPages,
    OwnPagesEditor,
    LinesPages,
    OpeningPages,
    PeoplePages,
    PersonPages,
    ExportPages,
    MachinePages,
    BatchPages,
    BatchLetters,
    BatchAudience,
    BatchTiming,
    BatchTrial,
    BatchLife,
    BatchProgress,
    SuppressionPages,
    ImportPages,
    CalendarPages,
    OutcomePages,
    ProgrammePages,
    EditorPages,
    PublishPages,
    VersionPages,
    ReviewPages,
)


def mount(app: Flask, service: "Service", seats: Seats) -> Desk:
    """Register every page of the desk."""
    desk = Desk(app, service, seats, NAV)
    for make in PAGES:
        make(desk).mount()
    return desk
