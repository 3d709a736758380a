from uuid import UUID

from BE.core.security.keys import KeyRing
from BE.core.security.sealing import Sealing
from BE.modules.auth.models import TotpSecret


class TotpSecrets:
    """Encrypts the secrets of authenticator apps, each for its account alone."""

    def __init__(self, keys: KeyRing) -> None:
        self._sealing = Sealing(keys, "totp-secret")

    @property
    def prefix(self) -> bytes:
        """The prefix of everything that the current key has sealed."""
        return self._sealing.prefix

    def seal(self, account_id: UUID, secret: TotpSecret) -> bytes:
        return self._sealing.seal(account_id, secret.text)

    def open(self, account_id: UUID, sealed: bytes) -> TotpSecret | None:
        """``None`` if its key is no longer in force, or if it is not this account's."""
        text = self._sealing.open(account_id, sealed)
        return None if text is None else TotpSecret(text)
