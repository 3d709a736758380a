import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HMAC_KEY_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The shortest secret of each algorithm (RFC 7518 §3.2)."""

_RING = re.compile(r"[A-Za-z0-9_-]{1,32}:[^,]+(,[A-Za-z0-9_-]{1,32}:[^,]+)*")


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    secret: bytes

    def derive(self, purpose: str, salt: bytes | None = None) -> bytes:
        """A 32-byte key for one purpose only (HKDF, RFC 5869)."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose.encode())
        return hkdf.derive(self.secret)


class KeyRing:
    """The secrets in force: the first signs, all verify."""

    def __init__(self, keys: list[Key]) -> None:
        self.signing = keys[0]
        self._by_kid = {key.kid: key for key in keys}

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read ``kid:secret,kid:secret`` or one secret, whose kid is derived from its SHA-256.

        Raises :class:`ValueError` for a malformed key ring.
        """
        if _RING.fullmatch(text):
            pairs = [entry.partition(":") for entry in text.split(",")]
            if len({kid for kid, _, _ in pairs}) < len(pairs):
                raise ValueError("names a key twice")
            return cls([Key(kid, secret.encode()) for kid, _, secret in pairs])
        if _RING.match(text):
            raise ValueError("is no key ring: write kid:secret,kid:secret without spaces")
        secret = text.encode()
        return cls([Key(hashlib.sha256(secret).hexdigest()[:8], secret)])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_kid.values())

    def find(self, kid: str) -> Key | None:
        return self._by_kid.get(kid)
