"""Proof of work: solved, expired, forged, of an older key, and whatever a stranger may send."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.web import proofs
from service.web.proofs import GOOD_FOR, Proofs

KEYS = ["old", "new"]


def now() -> datetime:
    """The library looks at the real clock too."""
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Challenges that are solved at once."""
    monkeypatch.setattr(proofs, "COST", 2)
    monkeypatch.setattr(proofs, "LEAST", 1)
    monkeypatch.setattr(proofs, "MOST", 5)


def solved(made: dict[str, Any], **changes: object) -> str:
    """What the script of the page would send."""
    challenge = Challenge.from_dict(made)
    solution = solve_challenge(challenge)
    assert solution is not None
    payload = Payload(challenge, solution).to_dict()
    payload["solution"] |= changes
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_solved_challenge_holds() -> None:
    ours = Proofs(KEYS)
    made = ours.challenge(wall=now())
    assert ours.solved(solved(made), wall=now()) == made["signature"]


def test_a_challenge_says_what_the_worker_needs_and_no_more() -> None:
    made: Any = Proofs(KEYS).challenge(wall=now())
    assert set(made) == {"parameters", "signature"}
    assert made["parameters"]["algorithm"] == "PBKDF2/SHA-256"
    assert set(made["parameters"]) == {
        *("algorithm", "cost", "expiresAt", "keyLength", "keyPrefix", "keySignature", "nonce", "salt")
    }


def test_two_ways_to_write_a_proof_are_one_proof() -> None:
    """Else whoever changes how long it took could use it again."""
    ours = Proofs(KEYS)
    made = ours.challenge(wall=now())
    assert ours.solved(solved(made, time=1), wall=now()) == ours.solved(solved(made, time=2), wall=now()) is not None


def test_a_proof_is_good_for_ten_minutes() -> None:
    ours, wall = Proofs(KEYS), now()
    field = solved(ours.challenge(wall=wall))
    assert ours.solved(field, wall=wall + GOOD_FOR - timedelta(seconds=1)) is not None
    assert ours.solved(field, wall=wall + GOOD_FOR) is None
    assert ours.solved(solved(ours.challenge(wall=wall - GOOD_FOR - timedelta(seconds=2))), wall=wall) is None


def test_a_proof_that_was_begun_before_the_keys_were_changed_holds() -> None:
    field = solved(Proofs(["old"]).challenge(wall=now()))
    assert Proofs(KEYS).solved(field, wall=now()) is not None
    assert Proofs(["other"]).solved(field, wall=now()) is None


@pytest.mark.parametrize("part", ["cost", "expiresAt", "keyPrefix", "keySignature", "nonce", "salt"])
def test_what_we_signed_cannot_be_changed(part: str) -> None:
    ours = Proofs(KEYS)
    payload = json.loads(base64.b64decode(solved(ours.challenge(wall=now()))))
    old = payload["challenge"]["parameters"][part]
    payload["challenge"]["parameters"][part] = old + 1 if isinstance(old, int) else old[::-1]
    assert ours.solved(base64.b64encode(json.dumps(payload).encode()).decode(), wall=now()) is None


def test_a_guess_is_no_proof() -> None:
    ours = Proofs(KEYS)
    assert ours.solved(solved(ours.challenge(wall=now()), derivedKey="00" * 32), wall=now()) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["challenge", "solution", "parameters", "signature", "counter", "derivedKey", "expiresAt", "cost"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_payload_is_trouble(payload: object) -> None:
    assert Proofs(KEYS).solved(base64.b64encode(json.dumps(payload).encode()).decode(), wall=now()) is None


@given(st.text(max_size=80))
def test_no_text_is_trouble(field: str) -> None:
    assert Proofs(KEYS).solved(field, wall=now()) is None


@pytest.mark.parametrize("parameters", [[], "x", {"algorithm": [], "nonce": {}, "salt": None, "cost": "x", "expiresAt": [1]}])
def test_no_shape_of_a_challenge_is_trouble(parameters: object) -> None:
    payload = {"challenge": {"parameters": parameters, "signature": ["x"]}, "solution": {"counter": "x", "derivedKey": 7}}
    assert Proofs(KEYS).solved(base64.b64encode(json.dumps(payload).encode()).decode(), wall=now()) is None


def test_a_field_has_an_end() -> None:
    assert Proofs(KEYS).solved("A" * 5_000, wall=now()) is None


def test_the_page_gives_another_challenge_each_time_and_nobody_keeps_it(client: FlaskClient) -> None:
    first, second = client.get("/challenge"), client.get("/challenge")
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Cache-Control"] == "no-store"
    assert first.get_json()["signature"] != second.get_json()["signature"]
