import hmac

from BE.core.context import current_request
from BE.core.emails import identity_of
from BE.core.security.keys import Key, KeyRing

_BYTES = 16


class EmailDigests:
    """Keyed digests that represent emails in the log.

    An email always has the same digest. Without the server's key it is impossible to test emails
    against it.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = {key.kid: _derived(key) for key in keys}
        self._kid = keys.signing.kid

    def of(self, email: str) -> str:
        return self._digest(self._kid, email)

    def all_of(self, email: str) -> list[str]:
        """The digests by all keys in force, the signing key first."""
        kids = sorted(self._keys, key=lambda kid: kid != self._kid)
        return [self._digest(kid, email) for kid in kids]

    def note(self, email: str) -> None:
        """Log the digest of ``email`` if this request is refused."""
        request = current_request()
        if request is not None:
            request.email_digest = self.of(email)

    def _digest(self, kid: str, email: str) -> str:
        mac = hmac.digest(self._keys[kid], identity_of(email).encode(), "sha256")
        return f"{kid}:{mac[:_BYTES].hex()}"


def _derived(key: Key) -> bytes:
    return key.derive("email-in-log")
