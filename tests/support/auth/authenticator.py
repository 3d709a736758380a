"""A software authenticator (WebAuthn), which can also lie."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from BE.core.security.base64url import decode, encode

ORIGIN = "http://localhost:8000"
"""The default origin of the application's pages: the tests leave PUBLIC_URL unset."""

USER_PRESENT = 1
USER_VERIFIED = 4
BACKUP_ELIGIBLE = 8
BACKED_UP = 16
ATTESTED = 64

_ES256 = -7
_UNKNOWN_MAKER = bytes(16)


@dataclass
class Credential:
    """A passkey with its private key."""

    rp_id: str
    user_handle: bytes
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    sign_count: int = 0

    @property
    def cose_key(self) -> dict[int, Any]:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return {1: 2, 3: _ES256, -1: 1, -2: x, -3: y}


@dataclass
class Authenticator:
    """Makes passkeys and signs with them. The ``lies`` of a test replace the true values."""

    origin: str = ORIGIN
    counts: bool = False
    """Whether it counts its signatures; authenticators that synchronise do not."""
    flags: int = USER_PRESENT | USER_VERIFIED
    maker: bytes = _UNKNOWN_MAKER
    next_id: bytes | None = None
    """The id of the next passkey, in place of a random one."""
    credentials: list[Credential] = field(default_factory=list)

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Make a passkey, as ``navigator.credentials.create()`` does."""
        handle = decode(options["user"]["id"]) or b""
        credential = Credential(options["rp"]["id"], handle)
        credential.id = self.next_id or credential.id
        self.credentials.append(credential)
        if self.counts:
            credential.sign_count += 1
        cose_key = cbor2.dumps(lies.get("cose_key", credential.cose_key))
        attested = self.maker + len(credential.id).to_bytes(2, "big") + credential.id + cose_key
        data = self._authenticator_data(credential, self.flags | ATTESTED, lies) + attested
        statement = {"fmt": lies.get("fmt", "none"), "attStmt": {}, "authData": data}
        client_data = self._client_data("webauthn.create", options["challenge"], lies)
        response = {
            "clientDataJSON": encode(client_data),
            "attestationObject": encode(cbor2.dumps(statement)),
            "transports": ["internal", "hybrid", "made-up"],
        }
        return _answer(lies.get("id", credential.id), response)

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Sign with the newest passkey, as ``navigator.credentials.get()`` does."""
        credential = self.credentials[-1]
        if self.counts:
            credential.sign_count += 1
        data = self._authenticator_data(credential, self.flags, lies)
        client_data = self._client_data("webauthn.get", options["challenge"], lies)
        signed = data + hashlib.sha256(client_data).digest()
        key = lies.get("key", credential.key)
        response = {
            "clientDataJSON": encode(lies.get("sent_client_data", client_data)),
            "authenticatorData": encode(lies.get("sent_data", data)),
            "signature": encode(key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": encode(lies.get("user_handle", credential.user_handle)),
        }
        return _answer(lies.get("id", credential.id), response)

    def _authenticator_data(
        self, credential: Credential, flags: int, lies: dict[str, Any]
    ) -> bytes:
        rp_id_hash = hashlib.sha256(lies.get("rp_id", credential.rp_id).encode()).digest()
        flags = lies.get("flags", flags)
        sign_count: int = lies.get("sign_count", credential.sign_count)
        return rp_id_hash + bytes([flags]) + sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        content = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": lies.get("cross_origin", False),
        }
        return json.dumps(content).encode()


def _answer(credential_id: bytes, response: dict[str, Any]) -> dict[str, Any]:
    """What ``toJSON()`` returns, with a field that the application does not know."""
    return {
        "id": encode(credential_id),
        "rawId": encode(credential_id),
        "type": "public-key",
        "response": {**response, "publicKeyAlgorithm": _ES256},
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
