"""What owners chose holds in every process within two seconds, and its history stays."""

from dataclasses import dataclass, replace

from sqlalchemy import Engine, create_engine

from service.bootstrap import Service
from service.store import choices
from service.store.choices import LOOK_AGAIN, Choices
from tests.parts.river import TUESDAY


@dataclass
class Hands:
    """A clock moved by hand."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def choose(service: Service, name: str, value: str | None) -> None:
    with service.write() as session:
        choices.choose(session, name, value, by="Ada", wall=TUESDAY)


def test_a_choice_holds_in_a_process_that_lives_and_can_be_taken_back(bare_service: Service) -> None:
    hands = Hands()
    service = replace(bare_service, choices=Choices(bare_service.database, hands))
    given = service.site.name
    choose(service, "site_name", "Quiet notes")
    hands.at += LOOK_AGAIN
    assert service.site.name == "Quiet notes"
    choose(service, "site_name", None)
    assert service.site.name == "Quiet notes", "what was read a moment ago is believed"
    hands.at += LOOK_AGAIN
    assert service.site.name == given
    with service.read() as session:
        assert [row.value for row in choices.history(session, "site_name")] == [None, "Quiet notes"]


def test_sign_up_is_as_it_was_opened_or_closed_last(bare_service: Service) -> None:
    hands = Hands()
    service = replace(bare_service, choices=Choices(bare_service.database, hands))
    for opened in (False, True):
        with service.write() as session:
            choices.open_or_close(session, opened=opened, missing=[], reason="", by="Ada", wall=TUESDAY)
        service.choices.forget()
        assert service.sign_up_open is opened


def test_a_checked_line_is_verified_until_it_changes(bare_service: Service) -> None:
    line = bare_service.given.support_lines[0].lines[0]
    assert not line.verified
    with bare_service.write() as session:
        choices.check_line(session, line.country, line.fingerprint, by="Ada", wall=TUESDAY)
    bare_service.choices.forget()
    shown = bare_service.support_lines[0].lines[0]
    assert (shown.verified_on, shown.verified_by) == (TUESDAY.date(), "Ada")
    changed = replace(line, number="112")
    assert changed.fingerprint != line.fingerprint


def test_a_database_that_is_away_leaves_what_held(bare_service: Service) -> None:
    hands = Hands()
    gone = Choices(replace(bare_service.database, reader=_nowhere()), hands)
    assert gone.now().settings == {}


def _nowhere() -> Engine:
    return create_engine("sqlite:////nowhere/at/all.db")
