"""Link tokens, return paths and address hashes: what is ours is known again, and nothing else is."""

import base64
import hashlib
import hmac
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.addresses import key
from service.mail.tokens import TOKEN_LENGTH, Keyring, Purpose, read_token, token_sha256

OLD, NEW = "an old key that is long enough 0123456789", "a new key that is long enough 0123456789"
REF, OTHER_REF = "0123456789abcdef", "0123456789abcdee"
KEYS = Keyring([NEW])
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"

refs = st.binary(min_size=8, max_size=8).map(bytes.hex)
purposes = st.sampled_from(Purpose)


def is_ours(keys: Keyring, token: str, purpose: Purpose = Purpose.UNSUBSCRIBE, ref: str = REF, epoch: int = 0) -> bool:
    """Whether a door with these keys would take the token for this person's."""
    reading = read_token(token, purpose)
    return reading is not None and reading.ref == ref and keys.is_true(reading, [epoch])


@settings(max_examples=200, deadline=None)
@given(purpose=purposes, ref=refs, epoch=st.integers(0, 2**32 - 1))
def test_a_token_is_43_characters_that_stand_in_any_address_and_is_known_again(purpose: Purpose, ref: str, epoch: int) -> None:
    token = KEYS.link_token(purpose, ref, epoch)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert is_ours(KEYS, token, purpose, ref, epoch)
    assert token == KEYS.link_token(purpose, ref, epoch)


def test_tokens_that_were_sent_long_ago_still_mean_the_same() -> None:
    """The form of the requirements, built by hand: key id, purpose, ref, 22 bytes of HMAC over these and the epoch."""
    head = hashlib.sha256(b"mendletter key id" + NEW.encode()).digest()[:1] + b"u" + bytes.fromhex(REF)
    link_key = hmac.digest(NEW.encode(), b"mendletter link", "sha256")
    mac = hmac.digest(link_key, head + b"\0\0\0\7", "sha256")[:22]
    by_hand = base64.urlsafe_b64encode(head + mac).decode().rstrip("=")
    assert KEYS.link_token(Purpose.UNSUBSCRIBE, REF, 7) == by_hand
    assert by_hand == "z3UBI0VniavN715p-OslVWpS4VyIbpTW98hFvh7h9cY"


@settings(max_examples=50, deadline=None)
@given(ref=refs)
def test_a_token_tells_nothing_but_key_id_purpose_and_ref(ref: str) -> None:
    raw = base64.urlsafe_b64decode(KEYS.link_token(Purpose.UNSUBSCRIBE, ref) + "=")
    assert raw[:10] == bytes.fromhex(KEYS.key_ids[0])[:1] + b"u" + bytes.fromhex(ref)
    assert len(raw) == 32


@pytest.mark.parametrize(("made_for", "used_for"), [("c", "u"), ("u", "c")])
def test_a_token_of_one_purpose_is_refused_for_another(made_for: str, used_for: str) -> None:
    token = KEYS.link_token(Purpose(made_for), REF)
    assert read_token(token, Purpose(used_for)) is None
    forged = bytearray(base64.urlsafe_b64decode(token + "="))
    forged[1:2] = used_for.encode()
    assert not is_ours(KEYS, base64.urlsafe_b64encode(forged).decode().rstrip("="), Purpose(used_for))


def test_a_token_with_another_persons_ref_is_refused() -> None:
    forged = bytearray(base64.urlsafe_b64decode(KEYS.link_token(Purpose.UNSUBSCRIBE, REF) + "="))
    forged[2:10] = bytes.fromhex(OTHER_REF)
    assert not is_ours(KEYS, base64.urlsafe_b64encode(forged).decode().rstrip("="), ref=OTHER_REF)


@pytest.mark.parametrize(
    ("made", "asked", "expected"), [(0, 0, True), (0, 1, False), (1, 0, False), (2**32 - 1, 2**32 - 1, True)]
)
def test_a_token_of_another_epoch_is_refused(made: int, asked: int, expected: bool) -> None:
    assert is_ours(KEYS, KEYS.link_token(Purpose.UNSUBSCRIBE, REF, made), epoch=asked) is expected


def test_a_token_of_any_of_several_epochs_is_taken() -> None:
    reading = read_token(KEYS.link_token(Purpose.UNSUBSCRIBE, REF, 2), Purpose.UNSUBSCRIBE)
    assert reading is not None
    assert KEYS.is_true(reading, [0, 1, 2])
    assert not KEYS.is_true(reading, [0, 1])
    assert not KEYS.is_true(reading, [])


@pytest.mark.parametrize("place", range(TOKEN_LENGTH))
@pytest.mark.parametrize("bit", range(6))
def test_a_token_with_one_flipped_bit_is_refused_wherever_it_is(place: int, bit: int) -> None:
    token = KEYS.link_token(Purpose.UNSUBSCRIBE, REF)
    sign = ALPHABET[ALPHABET.index(token[place]) ^ 1 << bit]
    forged = token[:place] + sign + token[place + 1 :]
    reading = read_token(forged, Purpose.UNSUBSCRIBE)
    assert reading is None or not KEYS.is_true(reading, [0])


@pytest.mark.parametrize("spare", [1, 2, 3])
def test_the_other_spellings_of_the_last_character_are_refused(spare: int) -> None:
    """43 characters hold two bits more than 32 bytes: four spellings decode to one token."""
    token = KEYS.link_token(Purpose.UNSUBSCRIBE, REF)
    other = token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ spare]
    assert base64.urlsafe_b64decode(other + "=") == base64.urlsafe_b64decode(token + "=")
    assert not is_ours(KEYS, other)
    assert token_sha256(other) != token_sha256(token)


@pytest.mark.parametrize("length", [0, 1, 20, 42])
def test_a_truncated_token_is_refused(length: int) -> None:
    assert read_token(KEYS.link_token(Purpose.UNSUBSCRIBE, REF)[:length], Purpose.UNSUBSCRIBE) is None


@pytest.mark.parametrize("tail", ["=", "A", "AAAA", ".", "\n", "?x=1", " "])
def test_a_token_with_something_behind_it_is_refused(tail: str) -> None:
    assert read_token(KEYS.link_token(Purpose.UNSUBSCRIBE, REF) + tail, Purpose.UNSUBSCRIBE) is None


@pytest.mark.parametrize("sign", ["é", "=", " ", "\n", "\0", ".", "Ａ", "\u0661", "/", "+", "\ud800"])
@pytest.mark.parametrize("place", [0, 21, 42])
def test_a_token_with_a_foreign_sign_in_it_is_refused(sign: str, place: int) -> None:
    token = KEYS.link_token(Purpose.UNSUBSCRIBE, REF)
    forged = token[:place] + sign + token[place + 1 :]
    reading = read_token(forged, Purpose.UNSUBSCRIBE)
    assert reading is None or not KEYS.is_true(reading, [0])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(ALPHABET, min_size=43, max_size=43))
def test_whatever_somebody_types_is_refused_without_an_exception(text: str) -> None:
    for purpose in Purpose:
        reading = read_token(text, purpose)
        assert reading is None or not KEYS.is_true(reading, range(3))


def test_the_first_key_signs_and_all_verify() -> None:
    both = Keyring([NEW, OLD])
    of_new, of_old = (Keyring([one]).link_token(Purpose.UNSUBSCRIBE, REF) for one in (NEW, OLD))
    assert both.link_token(Purpose.UNSUBSCRIBE, REF) == of_new
    assert both.link_tokens(Purpose.UNSUBSCRIBE, REF) == [of_new, of_old]
    assert is_ours(both, of_new)
    assert is_ours(both, of_old)
    assert is_ours(Keyring([OLD, NEW]), of_new)


def test_a_key_that_was_taken_away_verifies_nothing_more() -> None:
    assert not is_ours(Keyring([NEW]), Keyring([OLD]).link_token(Purpose.UNSUBSCRIBE, REF))


def test_two_keyrings_have_nothing_in_common() -> None:
    one, other = Keyring([NEW]), Keyring([OLD])
    assert one.link_token(Purpose.CONFIRM, REF) != other.link_token(Purpose.CONFIRM, REF)
    assert one.verp_token(REF) != other.verp_token(REF)
    assert one.address_hashes("reader@example.net")[0][1] != other.address_hashes("reader@example.net")[0][1]
    assert set(one.key_ids).isdisjoint(other.key_ids)
    assert set(one.secrets).isdisjoint(other.secrets)


def test_a_keyring_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="SECRET_KEY holds no key"):
        Keyring([])


def test_the_keys_for_forms_are_derived_and_stand_oldest_first() -> None:
    newest_first = [Keyring([one]).secrets[0] for one in (NEW, OLD)]
    assert Keyring([NEW, OLD]).secrets == newest_first[::-1]
    assert all(re.fullmatch(r"[0-9a-f]{64}", secret) for secret in newest_first)
    assert not {NEW, OLD, NEW.encode().hex(), OLD.encode().hex()} & set(newest_first)


@settings(max_examples=200, deadline=None)
@given(ref=refs)
def test_a_verp_token_is_26_lower_case_letters_and_digits_that_begin_with_the_ref(ref: str) -> None:
    token = KEYS.verp_token(ref)
    assert re.fullmatch(r"[a-z2-7]{26}", token)
    assert len(f"b+{token}") <= 64
    assert base64.b32decode(token.upper() + "======")[:8].hex() == ref


def test_a_verp_token_of_another_ref_has_another_mac() -> None:
    one, other = (base64.b32decode(KEYS.verp_token(ref).upper() + "======") for ref in (REF, OTHER_REF))
    assert one[8:] != other[8:]
    assert len(one) == 16


def test_an_address_is_hashed_under_every_key_newest_first() -> None:
    keys = Keyring([NEW, OLD])
    hashes = keys.address_hashes("reader@example.net")
    assert [key_id for key_id, _ in hashes] == keys.key_ids
    assert hashes == [
        *Keyring([NEW]).address_hashes("reader@example.net"),
        *Keyring([OLD]).address_hashes("reader@example.net"),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for _, digest in hashes)
    assert all(re.fullmatch(r"[0-9a-f]{16}", key_id) for key_id in keys.key_ids)


def test_a_hash_is_keyed_and_is_of_the_address_key() -> None:
    ((_, digest),) = KEYS.address_hashes(key("Reader@Example.NET"))
    assert digest == KEYS.address_hashes("reader@example.net")[0][1]
    assert digest != hashlib.sha256(b"reader@example.net").hexdigest()
    assert digest != KEYS.address_hashes("reader@example.org")[0][1]


def test_the_database_keeps_the_plain_sha_256_of_a_confirm_token() -> None:
    assert token_sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
