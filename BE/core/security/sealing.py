import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from BE.core.security.keys import Key, KeyRing

_NONCE_BYTES = 12


class Sealing:
    """Encrypts secrets of one kind, each for its owner alone.

    A leaked database shows none of them, and a row that is copied to another owner cannot be opened
    there. A sealed secret begins with the ``kid`` of its key.
    """

    def __init__(self, keys: KeyRing, purpose: str) -> None:
        self._keys = keys
        self._purpose = purpose

    @property
    def prefix(self) -> bytes:
        """The prefix of everything that the current key has sealed."""
        return self._keys.signing.kid.encode() + b":"

    def seal(self, owner_id: UUID, secret: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher(self._keys.signing).encrypt(nonce, secret.encode(), owner_id.bytes)
        return self.prefix + nonce + sealed

    def open(self, owner_id: UUID, sealed: bytes) -> str | None:
        """``None`` if its key is no longer in force, or if it is not this owner's."""
        kid, _, rest = sealed.partition(b":")
        key = self._keys.find(kid.decode())
        if key is None:
            return None
        nonce, encrypted = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return self._cipher(key).decrypt(nonce, encrypted, owner_id.bytes).decode()
        except InvalidTag:
            return None

    def _cipher(self, key: Key) -> AESGCM:
        return AESGCM(key.derive(self._purpose))
