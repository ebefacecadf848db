"""Two owners who set something in the same moment: a process that looks between their commits still learns of both."""

from service.bootstrap import Service
from service.store import choices
from service.store.choices import Choices
from tests.parts.river import TUESDAY, Parts


def test_a_choice_with_a_lower_number_that_is_committed_last_is_seen(postgresql_url: str) -> None:
    service = Parts(postgresql_url).service()
    seen = Choices(service.database, lambda: 0.0)
    with service.write() as first:
        choices.choose(first, "site_name", "Quiet notes", by="Ada", wall=TUESDAY)
        first.flush()
        _choose_meanwhile(service)
        assert seen.now().settings == {"organisation": "The house"}
    seen.forget()
    assert seen.now().settings == {"organisation": "The house", "site_name": "Quiet notes"}
    service.database.close()


def _choose_meanwhile(service: Service) -> None:
    with service.write() as session:
        choices.choose(session, "organisation", "The house", by="Eve", wall=TUESDAY)
