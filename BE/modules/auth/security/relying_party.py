"""This service as authenticators see it (WebAuthn): their options and their answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from BE.modules.auth.models import Account, NewPasskey, Passkey, PasskeyUse
from BE.modules.auth.security.passkey_makers import maker_of

_LONGEST_ID = 1023
"""The bytes of a credential's id (WebAuthn, §5.8.3)."""
_LONGEST_RSA_KEY = 4096
_PATIENCE = 300_000
_TRANSPORTS = {transport.value for transport in AuthenticatorTransport}
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ForgedCredentialError(Exception):
    """An authenticator's answer is not valid, or none."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """The claimed origin of an answer, before any of it is verified."""

    credential_id: bytes
    user_handle: bytes | None
    """Authenticators may omit it if the options listed the passkeys to use."""
    challenge: bytes
    answer: dict[str, Any]


class RelyingParty:
    def __init__(self, public_address: str, name: str) -> None:
        """``public_address`` is the URL of the front end.

        A passkey belongs to a host name, never to an IP address: those of this machine are replaced
        by ``localhost``.
        """
        parts = urlsplit(public_address.lower())
        self.id = "localhost" if _is_this_machine(parts.hostname or "") else parts.hostname or ""
        has_default_port = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}
        place = self.id if has_default_port else f"{self.id}:{parts.port}"
        self.origin = f"{parts.scheme}://{place}"
        self._name = name

    def creation_options(
        self, challenge: bytes, account: Account, registered: Sequence[Passkey]
    ) -> dict[str, Any]:
        """The options for a browser to make a passkey, in the JSON of WebAuthn.

        The authenticators of those that are ``registered`` make no second one.
        """
        options = generate_registration_options(
            rp_id=self.id,
            rp_name=self._name,
            user_id=account.id.bytes,
            user_name=account.email,
            challenge=challenge,
            timeout=_PATIENCE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_described(registered),
        )
        return options_to_json_dict(options)

    def request_options(self, challenge: bytes, allowed: Sequence[Passkey] = ()) -> dict[str, Any]:
        """The options for a browser to sign; without ``allowed`` its user chooses the account."""
        options = generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=_PATIENCE,
            allow_credentials=_described(allowed),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def challenge_of(self, answer: Mapping[str, Any]) -> bytes:
        """The challenge of a new passkey, not verified. Raises :class:`ForgedCredentialError`"""
        return _refusing(lambda: _client_data(answer).challenge)

    def read_assertion(self, answer: dict[str, Any]) -> Assertion:
        """Raises :class:`ForgedCredentialError`."""
        return _refusing(
            lambda: Assertion(
                credential_id=base64url_to_bytes(answer["rawId"]),
                user_handle=_handle_in(answer),
                challenge=_client_data(answer).challenge,
                answer=answer,
            )
        )

    def verify_creation(self, answer: dict[str, Any], challenge: bytes) -> NewPasskey:
        """Raises :class:`ForgedCredentialError`."""
        return _refusing(lambda: self._verify_creation(answer, challenge))

    def verify_assertion(self, assertion: Assertion, passkey: Passkey) -> PasskeyUse:
        """Raises :class:`ForgedCredentialError`. The caller compares challenge and counter.

        The library would check the counter before the signature, so that anyone could make a
        passkey look copied.
        """
        return _refusing(lambda: self._verify_assertion(assertion, passkey))

    def _verify_creation(self, answer: dict[str, Any], challenge: bytes) -> NewPasskey:
        _require_own_page(answer)
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=self.id,
            expected_origin=self.origin,
            require_user_verification=True,
        )
        if len(verified.credential_id) > _LONGEST_ID:
            raise ForgedCredentialError
        if verified.credential_id != base64url_to_bytes(answer["rawId"]):
            raise ForgedCredentialError
        _require_usable(verified.credential_public_key)
        transports = answer["response"].get("transports") or []
        return NewPasskey(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            transports=sorted(_TRANSPORTS.intersection(transports)),
            maker=maker_of(verified.aaguid),
            is_synced=verified.credential_backed_up,
        )

    def _verify_assertion(self, assertion: Assertion, passkey: Passkey) -> PasskeyUse:
        _require_own_page(assertion.answer)
        if assertion.user_handle not in {passkey.account_id.bytes, None}:
            raise ForgedCredentialError
        verified = verify_authentication_response(
            credential=assertion.answer,
            expected_challenge=assertion.challenge,
            expected_rp_id=self.id,
            expected_origin=self.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        return PasskeyUse(verified.new_sign_count, verified.credential_backed_up)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _described(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[AuthenticatorTransport(transport) for transport in passkey.transports],
        )
        for passkey in passkeys
    ]


def _client_data(answer: Mapping[str, Any]) -> CollectedClientData:
    return parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))


def _handle_in(answer: Mapping[str, Any]) -> bytes | None:
    handle = answer["response"].get("userHandle")
    return None if handle is None else base64url_to_bytes(handle)


def _require_own_page(answer: Mapping[str, Any]) -> None:
    """Refuse an answer from a frame of another site; the library does not check that."""
    if _client_data(answer).cross_origin:
        raise ForgedCredentialError


def _require_usable(public_key: bytes) -> None:
    """Refuse a key that cannot verify, such as a point off the curve, or only slowly."""
    key = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if isinstance(key, RSAPublicKey) and key.key_size > _LONGEST_RSA_KEY:
        raise ForgedCredentialError


def _refusing[T](read: Callable[[], T]) -> T:
    """The result of ``read`` on untrusted bytes, on which parsers fail in many ways."""
    try:
        return read()
    except Exception as error:
        raise ForgedCredentialError from error
