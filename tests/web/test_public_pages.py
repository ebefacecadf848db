"""The way out, and what a monitor asks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from service.web import limits, words
from tests.web.stand_in import StandInDoor


def test_the_way_out_leads_elsewhere_and_clears_what_there_is(client: FlaskClient) -> None:
    answer = client.get("/exit")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://www.example.com/weather"
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_alive_needs_nothing_else(client: FlaskClient, door: StandInDoor) -> None:
    door.ticked = (False, None)
    assert client.get("/healthz").json == {"alive": True}


@pytest.mark.parametrize(
    ("ticked", "redis", "ready"),
    [
        ((True, 1.0), True, True),
        ((True, 60.0), True, True),
        ((True, 61.0), True, False),
        ((True, None), True, False),
        ((False, None), True, False),
        ((True, 1.0), False, False),
    ],
)
def test_ready_needs_the_database_redis_and_a_clock_that_ticks(
    client: FlaskClient,
    door: StandInDoor,
    monkeypatch: pytest.MonkeyPatch,
    ticked: tuple[bool, float | None],
    redis: bool,
    ready: bool,
) -> None:
    def answer(_url: str) -> bool:
        return redis

    door.ticked = ticked
    monkeypatch.setattr(limits, "ping", answer)
    response = client.get("/readyz")
    assert response.status_code == (200 if ready else 503)
    assert response.json is not None
    assert response.json["ready"] is ready
    assert response.json["database"] is ticked[0]
    assert response.json["redis"] is redis
    assert response.json["last_tick_seconds"] == ticked[1]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/at/all.sock", "nonsense", ""])
def test_redis_that_is_away_is_just_not_there(url: str) -> None:
    assert limits.ping(url) is False


def test_a_moment_is_said_with_its_zone() -> None:
    assert (
        words.moment(datetime(2026, 3, 1, 8, 5, tzinfo=ZoneInfo("America/New_York")))
        == "Sunday 1 March at 08:05, America/New York time"
    )
    assert words.moment(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == "Thursday 31 December at 23:00, UTC"


def test_consent_says_how_much_comes() -> None:
    assert words.consent("The Quiet House", [7]) == (
        "I would like one note a week by email. I agree that The Quiet House keeps my address and these choices for it, "
        "and know that they say something about my private life. I can stop at any time."
    )
    for paces, notes in (
        ([7, 7], "one note a week by email"),
        ([2], "one short note every second day by email"),
        ([1], "one short note a day by email"),
        ([7, 1], "short notes by email, at the pace that I choose"),
        ([14], "short notes by email, at the pace that I choose"),
    ):
        assert words.consent("The Quiet House", paces).startswith(f"I would like {notes}. I agree that The Quiet House keeps")
