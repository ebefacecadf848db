"""Questions to passkeys and what is made of their answers; refuses one that did not check who holds it, and an old question."""

import json
from typing import Any, Final

from flask import session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from service.actions.admins import NewPasskey
from service.domain import accounts
from service.store.account_tables import Passkey
from service.web.accounts.frame import Frame
from service.web.accounts.security import Account

_PATIENCE: Final = 60_000
"""Milliseconds that a browser waits for its owner."""


class Passkeys:
    """Asks for passkeys, and checks what comes back. A question is good once (ASVS 6.7.2), and for one use only."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def ask_for_a_new_one(self, account: Account, there: list[Passkey]) -> str:
        """What a browser needs to make a passkey: it must be found without an address, and check who holds it (Z-2)."""
        options = generate_registration_options(
            rp_id=self.frame.passkey_site,
            rp_name=self.frame.service.site.name,
            user_id=account.fs_webauthn_user_handle.encode(),
            user_name=account.email,
            user_display_name=account.name,
            timeout=_PATIENCE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in there],
        )
        self._remember("create", options.challenge)
        return options_to_json(options)

    def ask(self) -> str:
        """What a browser needs to show one that it has. It names nobody, so it tells nothing about who has an account."""
        options = generate_authentication_options(
            rp_id=self.frame.passkey_site, timeout=_PATIENCE, user_verification=UserVerificationRequirement.REQUIRED
        )
        self._remember("get", options.challenge)
        return options_to_json(options)

    def made(self, answer: str) -> NewPasskey | None:
        """The passkey that a browser made; None for anything that does not hold."""
        challenge = self._asked("create")
        if challenge is None:
            return None
        try:
            credential = parse_registration_credential_json(answer)
            checked = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.frame.passkey_site,
                expected_origin=self._origin(),
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError):
            return None
        return NewPasskey(
            credential_id=checked.credential_id,
            public_key=checked.credential_public_key,
            sign_count=checked.sign_count,
            device_type=str(checked.credential_device_type.value),
            backup_state=checked.credential_backed_up,
            transports=[str(way.value) for way in credential.response.transports or []],
        )

    def shown(self, answer: str) -> Account | None:
        """Whose passkey a browser has shown, after noting its use; None for anything that does not hold."""
        challenge = self._asked("get")
        if challenge is None:
            return None
        try:
            return self._checked(answer, challenge)
        except (WebAuthnException, ValueError, TypeError, KeyError):
            return None

    def _checked(self, answer: str, challenge: bytes) -> Account | None:
        credential = parse_authentication_credential_json(answer)
        found = self.frame.door.by_credential(credential.raw_id)
        if found is None:
            return None
        passkey, account = found
        handle = credential.response.user_handle
        if not account.active or handle != account.fs_webauthn_user_handle.encode():
            return None
        checked = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=self.frame.passkey_site,
            expected_origin=self._origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        self.frame.door.used_passkey(passkey, sign_count=checked.new_sign_count, backup_state=checked.credential_backed_up)
        return account

    def _remember(self, use: str, challenge: bytes) -> None:
        session["question"] = {"use": use, "challenge": bytes_to_base64url(challenge), "at": self._now()}

    def _asked(self, use: str) -> bytes | None:
        """The question that is open for this use. It is closed by asking."""
        question: dict[str, Any] = session.pop("question", None) or {}
        if question.get("use") != use or not 0 <= self._now() - question["at"] < accounts.HALF_WAY.total_seconds():
            return None
        return base64url_to_bytes(question["challenge"])

    def _now(self) -> float:
        return self.frame.service.wall().timestamp()

    def _origin(self) -> str:
        scheme, _, rest = self.frame.service.site.base_url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"


def as_json(options: str) -> dict[str, Any]:
    """The question as a page answers it."""
    found: dict[str, Any] = json.loads(options)
    return found
