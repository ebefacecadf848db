"""What an owner may set: what is taken, and what is refused in words."""

import pytest

from service.domain import choices
from service.domain.lanes import Limits

TAKEN = {
    "site_name": "Weekly notes",
    "organisation": "",
    "postal_address": "PO Box 12\nAnytown",
    "exit_url": "https://www.bbc.co.uk/weather",
    "sign_ups_an_hour": "40",
    "sign_ups_a_day": "200",
    "sign_ups_for_a_domain": "100",
}
REFUSED = [
    ("site_name", ""),
    ("site_name", "x" * 61),
    ("site_name", "Weekly\r\nBcc: you@example.org"),
    ("organisation", "x" * 121),
    ("postal_address", " \n"),
    ("postal_address", "one\n" * 7),
    ("postal_address", "PO Box\u202e 12"),
    ("exit_url", "javascript:alert(1)"),
    ("exit_url", "http://example.org"),
    ("exit_url", "https://"),
    ("exit_url", "https://example.org/a b"),
    ("sign_ups_an_hour", "0"),
    ("sign_ups_an_hour", "many"),
    ("sign_ups_an_hour", "٣"),
    ("sign_ups_a_day", "5001"),
]


def test_every_setting_takes_what_fits() -> None:
    assert {each.name: each.check(TAKEN[each.name]) for each in choices.SETTINGS} == dict.fromkeys(choices.NAMES, "")


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(name: str, value: str) -> None:
    setting = choices.setting(name)
    assert setting
    sentence = setting.check(value)
    assert sentence.endswith(".")
    assert sentence[0].isupper()


def test_limits_are_the_usual_ones_until_an_owner_says_otherwise() -> None:
    assert choices.limits({}) == Limits()
    assert choices.limits({"sign_ups_a_day": "99"}) == Limits(network_day=99)
