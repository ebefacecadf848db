"""The calendar's pages: each letter on its day and hour in the zone of whoever looks, and moving a batch there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from service.actions import holds
from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.calendar import Calendar
from service.domain.messages import State
from service.domain.roles import Role
from service.domain.subscribers import Wishes
from service.store import ahead, audiences, audit, batches
from service.web.admin.calendar.view import hours_of
from tests.parts.batches import River
from tests.parts.river import TUESDAY, Parts, confirmed, load
from tests.web.admin.seats import StandInSeats

SATURDAY = date(2026, 3, 14)
SERIES = Settings("Four evenings", first_date=SATURDAY, cadence_days=2, hour=20)


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """A service that stands on a Tuesday in March, with six readers in Berlin and one in Auckland, and a batch to come."""
    made = replace(Parts(sqlite_url).service(), calendar=Calendar(TUESDAY, datetime(2100, 1, 1, tzinfo=UTC), 1))
    load(made)
    for number in range(6):
        confirmed(made, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY)
    far = Wishes(weekday=1, hour=10, zone="Pacific/Auckland", discreet=True)
    confirmed(made, "far@example.net", now=TUESDAY, wall=TUESDAY, wishes=far)
    yield made
    made.database.close()


@pytest.fixture
def batch(service: Service) -> int:
    """A batch that has not begun."""
    river = River(service)
    batch_id = river.draft(SERIES, 2)
    river.confirm(batch_id, TUESDAY)
    return batch_id


def text_of(page: str) -> str:
    """What one reads on a page, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def cell(page: str, day: str) -> str:
    """What stands in a day of the month."""
    found = re.search(rf'data-day="{day}".*?</td>', page, re.DOTALL)
    assert found is not None
    return text_of(found[0].split(">", 1)[1]).strip()


def test_a_month_counts_what_will_leave_by_programme_and_batch(client: FlaskClient, batch: int) -> None:
    page = client.get("/admin/calendar?month=2026-03").text
    # Auckland's Tuesday at ten is Monday night in Berlin, and both programmes wait for the batch that comes instead.
    assert cell(page, "2026-03-09") == "Mon 9 March After leaving, 1 to come"
    assert cell(page, "2026-03-10") == "Tue 10 March After leaving, 6 to come"
    assert cell(page, "2026-03-14") == "Sat 14 March Four evenings, 7 to come scheduled"
    assert cell(page, "2026-03-16") == "Mon 16 March Four evenings, 7 to come"
    assert cell(page, "2026-03-17") == "Tue 17 March"
    assert cell(page, "2026-03-24") == "Tue 24 March After leaving, 6 to come"
    assert "Letters of this month: 35 to come." in text_of(page)
    assert "Days are days of Europe/Berlin time." in text_of(page)


def test_a_week_and_a_day_say_the_hours_of_whoever_looks(client: FlaskClient, batch: int, seats: StandInSeats) -> None:
    week = text_of(client.get("/admin/calendar/week?day=2026-03-12").text)
    assert "Mon 9 Mar 2026 to Sun 15 Mar 2026" in week
    assert "9 Mar 22:00 After leaving, 1 to come" in week
    assert "14 Mar 08:00 Four evenings, 1 to come 20:00 Four evenings, 6 to come" in week
    day = client.get("/admin/calendar/days/2026-03-14").text
    assert re.findall(r'datetime="2026-03-14T([^"]+)"', day) == ["08:00:00+01:00", "20:00:00+01:00"]
    assert f'href="/admin/batches/{batch}"' in day
    seats.sit(zone="UTC")
    assert "14 Mar 07:00 Four evenings, 1 to come 19:00" in text_of(client.get("/admin/calendar/week?day=2026-03-09").text)


def test_what_left_is_told_by_its_end_and_opens_its_list(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    river = River(service)
    due = datetime(2026, 3, 10, 9, tzinfo=UTC)
    river.plan(due)
    ids = [each.id for each in river.letters()]
    river.send(but={ids[0]: State.REFUSED, ids[1]: State.UNKNOWN}, wall=due)
    day = client.get("/admin/calendar/days/2026-03-10").text
    said = text_of(day)
    assert "1 unknown" in said
    assert "1 refused" in said
    assert "4 sent" in said
    assert 'href="/admin/outcomes?state=unknown&amp;programme=1"' in day
    assert cell(client.get("/admin/calendar?month=2026-03").text, "2026-03-10") == "Tue 10 March After leaving, 4 sent"


def test_what_is_held_is_shown_as_held(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        holds.hold(session, 1, wall=TUESDAY)
    assert cell(client.get("/admin/calendar?month=2026-03").text, "2026-03-10") == "Tue 10 March After leaving, 6 held"


def test_a_batch_is_moved_and_the_page_says_what_moved(client: FlaskClient, service: Service, batch: int) -> None:
    page = client.get("/admin/calendar?month=2026-03").text
    assert f'data-moves="move-{batch}"' in page
    assert "14 letters of it are in this month." in text_of(page)
    answer = client.post(f"/admin/calendar/move/{batch}", data={"first_date": "2026-03-21"}, follow_redirects=True)
    assert (
        "“Four evenings” moved from Sat 14 Mar 2026 to Sat 21 Mar 2026: 14 letters for 7 people. "
        "The first now leaves Sat 21 Mar 2026, 08:00 Europe/Berlin time, the last Mon 23 Mar 2026, 20:00 Europe/Berlin time."
    ) in text_of(answer.text)
    assert cell(answer.text, "2026-03-14") == "Sat 14 March"
    assert "Four evenings, 7 to come" in cell(answer.text, "2026-03-21")
    assert cell(answer.text, "2026-03-17") == "Tue 17 March After leaving, 6 to come"
    with service.read() as session:
        assert [(line.what, line.about) for line in audit.lines(session)] == [("batch moved", f"batch:{batch}")]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Choose a day"), ("soon", "Choose a day"), ("2026-02-01", "This day is over. Choose a later one.")],
)
def test_a_day_that_cannot_be_is_said_beside_its_field(
    client: FlaskClient, service: Service, batch: int, typed: str, sentence: str
) -> None:
    answer = client.post(f"/admin/calendar/move/{batch}", data={"first_date": typed, "month": "2026-03-01"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#first_date-{batch}"' in answer.text
    with service.read() as session:
        found = batches.get(session, batch)
        assert found is not None
        assert found.first_date == SATURDAY
        assert list(audit.lines(session)) == []


def test_what_has_begun_or_is_not_there_stays(client: FlaskClient, service: Service, batch: int) -> None:
    for id_ in (1, 99):
        answer = client.post(f"/admin/calendar/move/{id_}", data={"first_date": "2026-03-21"})
        assert (answer.status_code, "Its day stays." in answer.text) == (422, True)


def test_support_sees_the_calendar_and_moves_nothing(client: FlaskClient, batch: int, seats: StandInSeats) -> None:
    seats.sit(Role.SUPPORT)
    page = client.get("/admin/calendar?month=2026-03").text
    assert "Four evenings, " in page
    assert "/calendar/move/" not in page
    assert "data-moves" not in page
    assert client.post(f"/admin/calendar/move/{batch}", data={"first_date": "2026-03-21"}).status_code == 403


@pytest.mark.parametrize(
    "path", ["?month=2026-13", "?month=x", "?month=2029-01", "/week?day=2026-02-30", "/days/x", "/days/1999-01-01"]
)
def test_what_is_no_day_or_too_far_away_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(f"/admin/calendar{path}").status_code == 404


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven readers count as many here."""
    monkeypatch.setattr(audiences, "MANY", 5)


MARCH = "/admin/calendar?month=2026-03"
IN_ALL = "35 to come"


@pytest.mark.usefixtures("batch", "many")
@pytest.mark.parametrize("path", [MARCH, "/admin/calendar/week?day=2026-03-16", "/admin/calendar/days/2026-03-16"])
def test_where_there_are_many_what_is_to_come_follows_the_page(client: FlaskClient, path: str) -> None:
    first = client.get(path).text
    assert "There are many readers. Counting what is to come can take half a minute. Count now" in text_of(first)
    assert "to come." not in text_of(first)
    assert "nothing is to come" not in first
    link = re.search(r'hx-get="([^"]+)" hx-trigger="load" hx-select="#counted" hx-swap="outerHTML"', first)
    assert link is not None
    assert f'<a href="{link[1]}">Count now</a>' in first
    followed = client.get(link[1].replace("&amp;", "&")).text
    assert "to come." in text_of(followed)
    assert "What is to come was counted Tue" in text_of(followed)


@pytest.mark.usefixtures("many")
def test_what_was_counted_is_kept_until_somebody_changes_something(
    client: FlaskClient, service: Service, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert IN_ALL in client.get(f"{MARCH}&count=yes").text.replace('<span class="number">', "").replace("</span>", "")
    counts = []
    monkeypatch.setattr(ahead, "coming", lambda *_, **__: counts.append(1))
    for path in (MARCH, "/admin/calendar/week?day=2026-03-16", "/admin/calendar/days/2026-03-16"):
        assert "to come." in text_of(client.get(path).text), path
    assert counts == []
    with service.write() as session:
        holds.hold(session, 1, wall=TUESDAY)
    assert "Counting what is to come" in client.get(MARCH).text
    with service.write() as session:
        holds.release(session, 1, now=TUESDAY, wall=TUESDAY)
    moved = client.post(f"/admin/calendar/move/{batch}", data={"first_date": "2026-03-21"}, follow_redirects=True)
    assert "moved from Sat 14 Mar 2026 to Sat 21 Mar 2026. Its dry run says who gets it now, and when." in text_of(moved.text)
    assert "Counting what is to come" in moved.text


def test_an_empty_month_says_so(client: FlaskClient) -> None:
    assert "Nothing went out in this month, and nothing is to come in it." in client.get("/admin/calendar?month=2025-01").text


def test_a_day_has_as_many_hours_as_its_wall_shows() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert len(hours_of(spring, date(2026, 3, 30), "Europe/Berlin")) == 24
    assert len(hours_of(autumn, date(2026, 10, 26), "Europe/Berlin")) == 26
    kathmandu = hours_of(spring, date(2026, 3, 30), "Asia/Kathmandu")
    assert (len(kathmandu), kathmandu[1].minute) == (25, 15)
