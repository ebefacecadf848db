"""The whole work of somebody at the desk in a real browser: they sign in, write, publish, schedule, pause, resume and watch.

PostgreSQL, RQ, Valkey and SMTP are real. The calendar is moved by hand over two clock changes, and the ten minutes of undo are
passed by hand too. What the dry run and the calendar say on their pages is noted there, and held against ledger and mails; all
three against nine o'clock on the walls of eight zones.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from sqlalchemy import update

from service.actions import admins
from service.bootstrap import Service
from service.domain.calendar import Calendar
from service.domain.roles import Role
from service.store.desk_tables import Batch
from tests.browser.running_desk import RunningDesk
from tests.parts.eight_zones import FIRST, ZONES, address, crowd, nobody_twice, received, slots
from tests.parts.river import Parts, letter_source
from tests.parts.servers import Redis, Witness
from tests.parts.world import NEVER, World, text_of, world_of

pytestmark = pytest.mark.browser

STORM = "STORM" in os.environ
READERS = 1_000 if STORM else 40
"""Five in each zone, since hours of fewer are not told; `make storm` takes a thousand."""
HOUR = 9
BEFORE = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 24, 10, 0, tzinfo=UTC)
BEGINS = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
"""The first Saturday begins on Kiritimati."""
MINUTE = timedelta(minutes=1)
GRACE = 10 * MINUTE
HERE = ZoneInfo("Europe/Berlin")
PASSWORD = "a long and quiet evening"
BATCH = "Four Saturdays"
BENCH = "You can sit down for a while. Nobody hurries you here."
KETTLE = "You can put the kettle on, and let it take its time."

SATURDAYS = [FIRST + timedelta(weeks=number) for number in range(4)]
EXPECTED = [
    Counter(
        datetime.combine(day, time(HOUR), ZoneInfo(ZONES[number % len(ZONES)])).astimezone(UTC) for number in range(READERS)
    )
    for day in SATURDAYS
]
"""How many letters leave when, by the clocks of the readers."""

Days = Counter[tuple[str, str]]
"""Letters by day and what stands beside them on the calendar."""


@dataclass(frozen=True)
class ByHand(Calendar):
    """The calendar of a world that is moved by hand."""

    world: World

    def at(self, wall: datetime) -> datetime:
        """The moment at which the world stands."""
        return self.world.service.calendar.at(wall)


@dataclass
class Office:
    """A desk, and the world that its letters go out into."""

    desk: RunningDesk
    world: World

    def pass_undo(self) -> None:
        """Let the ten minutes be over."""
        with self.world.service.write() as session:
            past = self.world.service.wall() - GRACE - MINUTE
            session.execute(update(Batch).values(confirmed_at=past))


@pytest.fixture
def office(postgresql_url: str, redis: Redis, witness: Witness, browser: Browser) -> Iterator[Office]:
    worlds: list[World] = []
    with ExitStack() as stack:

        def make(url: str) -> Service:
            parts = Parts(postgresql_url, redis.url, witness.url, more=(("BASE_URL", url),))
            worlds.append(stack.enter_context(world_of(parts, witness, "after-leaving")))
            return replace(worlds[0].service, calendar=ByHand(BEFORE, NEVER, 1, worlds[0]))

        desk = stack.enter_context(RunningDesk.serve(browser, make))
        worlds[0].at(BEFORE)
        yield Office(desk, worlds[0])


def press(page: Page, words: str, within: str = "main") -> None:
    """Press the button, or the link that looks like one, of these words, and wait for the page that comes."""
    inside = page.locator(within)
    with page.expect_navigation():
        inside.get_by_role("button", name=words, exact=True).or_(
            inside.get_by_role("link", name=words, exact=True)
        ).first.click()


def sign_in(page: Page, desk: RunningDesk) -> None:
    """Come in by a one-time link, with a password and an app for codes."""
    with desk.service.write() as session:
        _, token = admins.invite(session, "ada@example.org", role=Role.OWNER, wall=desk.service.wall())
    page.goto(f"{desk.url}/admin/sign-in/link/{token}")
    page.fill("#name", "Ada")
    page.select_option("#zone", "Europe/Berlin")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/second-step")
    page.goto(f"{desk.url}/admin/account/app")
    secret = page.locator(".code-picture .ref").inner_text().replace("-", "")
    page.fill("#code", TOTP(secret).generate().token)
    press(page, "Set it up")
    expect(page.locator(".recovery-codes li")).to_have_count(10)


def write(page: Page, subject: str, words: str) -> None:
    """Fill in a letter, and see it appear beside."""
    page.fill("#subject", subject)
    page.fill("#opening", words)
    shown = page.frame_locator("#frame")
    expect(shown.locator("body")).to_contain_text(words)
    page.fill("#practice", "1. Sit down where you are.\n2. Breathe out slowly.")
    expect(shown.locator("ol li").first).to_contain_text("Sit down where you are.")
    expect(page.locator("#look")).to_contain_text("Nothing stands against publishing it.")
    expect(page.locator("#saved")).to_contain_text("Saved as revision")


def publish_a_letter(page: Page, desk: RunningDesk) -> None:
    """Write a letter of a programme, look at it in other forms, and publish it."""
    page.goto(f"{desk.url}/admin/programmes")
    page.click("main >> text=After leaving")
    page.fill("#title-new", "A bench in the park")
    press(page, "Add and write it")
    write(page, "A bench in the park", BENCH)
    page.select_option("#view_form", "open")
    expect(page.locator("#look .subject")).to_have_text("A bench in the park")
    page.select_option("#view_shape", "text")
    expect(page.locator("#look pre")).to_contain_text(BENCH)
    press(page, "See what publishing does")
    expect(page.locator("main")).to_contain_text("1 letter added to phase 1")
    press(page, "Publish")
    expect(page.locator(".answer")).to_contain_text("Published.")


def a_file(name: str) -> FilePayload:
    """A letter that was written elsewhere."""
    return {"name": f"{name}.md", "mimeType": "text/markdown", "buffer": letter_source(name, f"This is {name}.").encode()}


def make_a_batch(page: Page, desk: RunningDesk) -> str:
    """Four letters: one written here, one copied, two brought as files. Gives the page of the batch."""
    page.goto(f"{desk.url}/admin/batches")
    page.fill("#name", BATCH)
    press(page, "New batch")
    here = page.url.removesuffix("/letters")
    page.fill("#title", "The kettle")
    press(page, "Add a letter")
    write(page, "The kettle", KETTLE)
    page.goto(f"{here}/letters")
    page.select_option("#letter", label="A bench in the park")
    press(page, "Copy this letter")
    page.set_input_files("#files", [a_file(name) for name in ("3-lamp", "4-door")])
    press(page, "Bring them in")
    press(page, "Publish")
    assert [each.split("\n")[0] for each in page.locator(".order b").all_inner_texts()] == [
        *("1. The kettle", "2. A bench in the park", "3. Letter 3-lamp", "4. Letter 4-door")
    ]
    return here


def say_whom_and_when(page: Page, here: str) -> None:
    """All of one programme, four Saturdays at nine."""
    page.goto(f"{here}/audience")
    page.select_option("#place", "after-leaving")
    expect(page.locator("#counted")).to_contain_text(f"{READERS:,} people would get it")
    press(page, "Save and count")
    page.goto(f"{here}/when")
    page.fill("#first_date", FIRST.isoformat())
    page.select_option("#hour", str(HOUR))
    page.select_option("#cadence", "7")
    expect(page.locator("#said")).to_contain_text("at 09:00 on each reader’s own clock")
    press(page, "Save")


def moments_in(place: Locator) -> list[datetime]:
    """The instants that a part of a page names."""
    return [datetime.fromisoformat(each.get_attribute("datetime") or "") for each in place.locator("time").all()]


def number(words: str) -> int:
    """A number as a page writes it."""
    return int(words.replace(",", ""))


def hours_of_dry_run(page: Page) -> list[Counter[datetime]]:
    """The tables of hours, letter by letter."""
    found = []
    for chart in page.locator("#trial figure.chart").all():
        rows = [row.locator("th, td").all_text_contents() for row in chart.locator("tbody tr").all()]
        hours = {datetime.strptime(hour, "%a %d %b %Y, %H:%M").replace(tzinfo=HERE): number(count) for hour, count in rows}
        found.append(Counter({hour.astimezone(UTC): count for hour, count in hours.items()}))
    return found


def by_hour(counted: Counter[datetime]) -> Counter[datetime]:
    """Counts by the full hour: all clocks of Berlin change by full hours."""
    hours: Counter[datetime] = Counter()
    for moment, count in counted.items():
        hours[moment.replace(minute=0)] += count
    return hours


def days_of_calendar(page: Page, desk: RunningDesk) -> Days:
    """What the months say up to the last Saturday, day by day: of the batch and of everything else."""
    found: Days = Counter()
    for month in ("2026-03", "2026-04"):
        page.goto(f"{desk.url}/admin/calendar?month={month}")
        for cell in page.locator("td[data-day]").all():
            day = cell.get_attribute("data-day") or ""
            if date.fromisoformat(day) <= SATURDAYS[-1] + timedelta(days=1):
                for entry in cell.locator("li a").all_inner_texts():
                    title, _, count = entry.rpartition(", ")
                    found[day, title] += number(re.sub(r"\D", "", count))
    return found


def hours_of_calendar(page: Page, desk: RunningDesk, state: str) -> Counter[datetime]:
    """What the days with letters say, hour by hour. All of it must be in one state."""
    found: Counter[datetime] = Counter()
    for day in {moment.astimezone(HERE).date() for letter in EXPECTED for moment in letter}:
        page.goto(f"{desk.url}/admin/calendar/days/{day.isoformat()}")
        for row in page.locator("#letters tbody tr").all():
            (hour,) = moments_in(row)
            assert BATCH in row.inner_text()
            (said,) = row.locator("td").nth(1).locator("> div").all_inner_texts()
            count, _, words = " ".join(said.split()).partition(" ")
            assert words == state
            found[hour.astimezone(UTC)] += number(count)
    return found


def days(counted: list[Counter[datetime]]) -> Days:
    """Letters of the batch by days of Berlin."""
    found: Days = Counter()
    for moment, count in sum(counted, Counter[datetime]()).items():
        found[moment.astimezone(HERE).date().isoformat(), BATCH] += count
    return found


def promised(page: Page, here: str) -> list[Counter[datetime]]:
    """What the dry run says: the first and last minute of each letter, and its hours."""
    page.goto(f"{here}/trial")
    expect(page.locator("#trial")).to_contain_text(f"{READERS:,} people would get four letters")
    for row, letter in zip(page.locator("#trial > .table tbody tr, #trial > table tbody tr").all()[:4], EXPECTED, strict=True):
        assert moments_in(row) == [min(letter), max(letter)]
        assert number(row.locator("td").first.inner_text()) == READERS
    return hours_of_dry_run(page)


def confirm_and_wait(page: Page, here: str, office: Office) -> None:
    """Confirm. Nothing begins while it can be taken back, though its day has come."""
    page.goto(f"{here}/confirm")
    expect(page.locator("#all-of-it")).to_contain_text(f"{READERS:,} people get four letters, {4 * READERS:,} in all")
    press(page, "Confirm")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    office.world.at(BEGINS - MINUTE)


def begin(page: Page, here: str, office: Office) -> None:
    """Its day comes, and the undo runs out."""
    office.world.at(BEGINS)
    page.goto(here)
    expect(page.locator(".state").first).to_have_text("scheduled")
    office.pass_undo()
    page.goto(here)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    office.world.at(BEGINS)
    page.goto(here)
    expect(page.locator(".state").first).to_have_text("running")


def account(sent: int) -> str:
    """What the page says of the account when so many were sent and nothing went wrong."""
    rest = 4 * READERS - sent
    return (
        f"It adds up: {4 * READERS:,} expected = {rest:,} to come + 0 waiting + {sent:,} sent "
        "+ 0 skipped + 0 refused + 0 unknown."
    )


def let_it_run(page: Page, office: Office) -> list[Counter[datetime]]:
    """Go from moment to moment; stop it before one of them and let it go on ten minutes later. Gives when mails came."""
    world, arrived = office.world, [Counter[datetime]() for _ in SATURDAYS]
    held = sorted(EXPECTED[1])[3]
    for place, letter in enumerate(EXPECTED):
        for moment in sorted(letter):
            before = received(world).total()
            world.at(moment - MINUTE)
            assert received(world).total() == before, "nothing leaves a minute early"
            if moment == held:
                press(page, "Pause")
                world.at(moment)
                world.at(moment + GRACE)
                assert received(world).total() == before, "a paused batch sends nothing"
                expect(page.locator("main")).to_contain_text("Nothing leaves until somebody resumes it.")
                press(page, "Resume")
                world.at(moment + GRACE)
            else:
                world.at(moment)
            arrived[place][moment] += received(world).total() - before
        page.clock.fast_forward(5500)
        expect(page.locator("#account")).to_contain_text(account((place + 1) * READERS))
    return arrived


def words_that_came(world: World) -> None:
    """Whoever is looked at got four mails, with the words that were typed at the desk."""
    for reader in (0, READERS - 1):
        mails = world.mails(address(reader))
        pieces = (KETTLE, BENCH, "This is 3-lamp.", "This is 4-door.")
        assert [piece in text_of(mail) for piece, mail in zip(pieces, mails, strict=True)] == [True] * 4


@pytest.mark.timeout(3_000 if STORM else 600)
def test_an_admin_writes_schedules_pauses_resumes_and_every_letter_arrives_as_was_said(
    browser: Browser, office: Office
) -> None:
    desk, world = office.desk, office.world
    crowd(world, READERS, since=BEFORE, due=TUESDAY)
    page = desk.open(browser)
    sign_in(page, desk)
    publish_a_letter(page, desk)
    here = make_a_batch(page, desk)
    say_whom_and_when(page, here)
    told_by_trial = promised(page, here)
    confirm_and_wait(page, here, office)
    told_by_months, told_by_hours = days_of_calendar(page, desk), hours_of_calendar(page, desk, "to come")
    begin(page, here, office)

    watching = desk.watched(page.context.new_page())
    watching.clock.install()
    watching.goto(here)
    expect(watching.locator("#account")).to_contain_text(account(0))
    arrived = let_it_run(watching, office)
    assert arrived == EXPECTED, "mails to the minute"

    left = slots(world, int(here.rpartition("/")[2]))
    assert left == EXPECTED, "the ledger to the minute"
    assert told_by_trial == [by_hour(letter) for letter in left], "the dry run by the hour"
    assert told_by_months == days(left), "the months of the calendar, in which no programme stands"
    assert told_by_hours == by_hour(sum(left, Counter[datetime]())), "the days of the calendar by the hour"
    assert (days_of_calendar(page, desk), hours_of_calendar(page, desk, "sent")) == (told_by_months, told_by_hours)
    nobody_twice(world)
    words_that_came(world)

    world.at(max(EXPECTED[-1]) + timedelta(days=1))
    page.goto(here)
    expect(page.locator(".state").first).to_have_text("done")
    expect(page.locator("#account")).to_contain_text(account(4 * READERS))
    page.goto(f"{desk.url}/admin/trail")
    for deed in ("batch confirmed", "batch paused", "batch resumed"):
        expect(page.locator("main")).to_contain_text(deed)
