"""What an address means to us: one key, one mask, one role, one network."""

import hashlib

import pytest

from service.domain import addresses


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("reader@example.net", "reader@example.net"),
        ("Reader@Example.NET", "reader@example.net"),
        ("  reader@example.net\t", "reader@example.net"),
        ("STRASSE@example.net", "strasse@example.net"),
        ("straße@example.net", "strasse@example.net"),
        ("re.a+der@example.net", "re.a+der@example.net"),
        ("", ""),
    ],
)
def test_two_spellings_of_one_address_have_one_key(typed: str, key: str) -> None:
    assert addresses.key(typed) == key
    assert addresses.key(addresses.key(typed)) == key


@pytest.mark.parametrize(
    ("address", "mask"),
    [
        ("reader@example.com", "r•••@e•••.com"),
        ("reader@mail.example.co.uk", "r•••@m•••.uk"),
        ("r@e.com", "r•••@e•••.com"),
        ("reader@localhost", "r•••@l•••"),
        ("@example.com", "•••@e•••.com"),
        ("reader@", "r•••@•••"),
        ("reader", "•••@r•••"),
        ("", "•••@•••"),
        ('"a@b"@example.com', '"•••@e•••.com'),
    ],
)
def test_a_mask_keeps_the_first_letters_and_the_last_label_only(address: str, mask: str) -> None:
    assert addresses.masked(address) == mask


@pytest.mark.parametrize("local", sorted(addresses.ROLES))
def test_an_office_is_known_in_any_case_and_at_any_domain(local: str) -> None:
    assert addresses.is_role(f"{local}@example.com")
    assert addresses.is_role(f" {local.upper()}@Example.ORG")


@pytest.mark.parametrize(
    "address",
    ["info@example.com", "contact@example.com", "postmasters@example.com", "root.reader@example.com", "abuse", "", "x@abuse"],
)
def test_a_person_is_not_taken_for_an_office(address: str) -> None:
    assert not addresses.is_role(address)


def test_the_offices_of_requirement_o_9_are_among_the_roles() -> None:
    assert {"abuse", "postmaster"} <= addresses.ROLES


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.0", "192.0.2.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:DB8:1:ffff::", "2001:db8:1::/48"),
        ("::1", "::/48"),
    ],
)
def test_of_an_ip_only_its_network_is_kept(ip: str, network: str) -> None:
    assert addresses.truncated_ip(ip) == network


@pytest.mark.parametrize("ip", ["", "unknown", "192.0.2", "192.0.2.1:443", "192.0.2.1, 10.0.0.1", "300.1.1.1", "[::1]", " ::1"])
def test_of_what_is_no_ip_nothing_is_kept(ip: str) -> None:
    assert addresses.truncated_ip(ip) == ""


def test_a_text_has_the_sha_256_of_its_utf_8() -> None:
    assert addresses.text_sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert addresses.text_sha256("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("reader@gmial.com", "reader@gmail.com"),
        ("Reader@GMAIL.CON", "Reader@gmail.com"),
        ("a@hotmial.com", "a@hotmail.com"),
        ("a@gmail.com", None),
        ("a@example.org", None),
        ("gmial.com@example.org", None),
    ],
)
def test_a_slip_of_the_fingers_is_seen_and_nothing_else(typed: str, meant: str | None) -> None:
    assert addresses.likely_meant(typed) == meant


def test_no_slip_is_a_provider_that_is_meant_elsewhere() -> None:
    assert not set(addresses._SLIPS) & set(addresses._SLIPS.values())
