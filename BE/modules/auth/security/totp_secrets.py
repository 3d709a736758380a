import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from BE.core.security.keys import Key, KeyRing
from BE.modules.auth.models import TotpSecret

_NONCE_BYTES = 12


class TotpSecrets:
    """Encrypts the secrets of authenticator apps, each for its account alone.

    A leaked database shows none of them, and a row that is copied to another account opens nothing
    there. A sealed secret begins with the ``kid`` of its key.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    @property
    def prefix(self) -> bytes:
        """How everything begins that the key of today has sealed."""
        return self._keys.signing.kid.encode() + b":"

    def seal(self, account_id: UUID, secret: TotpSecret) -> bytes:
        key, nonce = self._keys.signing, secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, secret.text.encode(), account_id.bytes)
        return self.prefix + nonce + sealed

    def open(self, account_id: UUID, sealed: bytes) -> TotpSecret | None:
        """``None`` if its key is no longer in force, or if it is not this account's."""
        kid, _, rest = sealed.partition(b":")
        key = self._keys.find(kid.decode())
        if key is None:
            return None
        nonce, encrypted = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            text = _cipher(key).decrypt(nonce, encrypted, account_id.bytes)
        except InvalidTag:
            return None
        return TotpSecret(text.decode())


def _cipher(key: Key) -> AESGCM:
    return AESGCM(key.derive("totp-secret"))
