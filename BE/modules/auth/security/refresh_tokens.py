import hmac
from dataclasses import dataclass
from uuid import UUID

from BE.core.security.base64url import decode, encode
from BE.core.security.keys import Key, KeyRing

_VERSION = 1
_UUID_BYTES = 16
_GENERATION_BYTES = 4
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A received token. It is authentic only if its MAC fits the salt of the session."""

    kid: str
    session_id: UUID
    generation: int
    signed: bytes
    mac: bytes


class RefreshTokens:
    """Issues and reads refresh tokens, of which nothing is stored.

    A token names a session and its generation, with a MAC whose key is derived from the key ring
    and the session's salt. A leaked database is not enough to forge one, an old generation can be
    recognised, and the current one can be issued again unchanged.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def issue(self, session_id: UUID, salt: bytes, generation: int) -> str:
        key = self._keys.signing
        kid = key.kid.encode()
        signed = b"".join(
            (
                bytes((_VERSION, len(kid))),
                kid,
                session_id.bytes,
                generation.to_bytes(_GENERATION_BYTES),
            )
        )
        token = signed + _mac(key, salt, signed)
        return encode(token)

    @staticmethod
    def read(text: str) -> RefreshToken | None:
        """Parse a token without verifying it; ``None`` if it is malformed."""
        raw = decode(text)
        if raw is None:
            return None
        kid_end = 2 + raw[1] if raw[:1] == bytes((_VERSION,)) and len(raw) > 1 else 0
        generation_at = kid_end + _UUID_BYTES
        signed_end = generation_at + _GENERATION_BYTES
        if not kid_end or len(raw) != signed_end + _MAC_BYTES:
            return None
        return RefreshToken(
            kid=raw[2:kid_end].decode(errors="replace"),
            session_id=UUID(bytes=raw[kid_end:generation_at]),
            generation=int.from_bytes(raw[generation_at:signed_end]),
            signed=raw[:signed_end],
            mac=raw[signed_end:],
        )

    def is_authentic(self, token: RefreshToken, salt: bytes) -> bool:
        key = self._keys.find(token.kid)
        return key is not None and hmac.compare_digest(_mac(key, salt, token.signed), token.mac)


def _mac(key: Key, salt: bytes, signed: bytes) -> bytes:
    return hmac.digest(key.derive("refresh-token", salt), signed, "sha256")
