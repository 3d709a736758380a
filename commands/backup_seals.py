import hmac

from BE.core.security.keys import Key, KeyRing


class BackupSeals:
    """Seals the backups of this installation with a key derived from ``JWT_SECRET``."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def seal(self, manifest: bytes) -> str:
        """``kid:mac``, by the key that signs."""
        key = self._keys.signing
        return f"{key.kid}:{_mac(key, manifest)}"

    def fits(self, seal: str, manifest: bytes) -> bool:
        """Whether one of the keys in force made the ``seal`` for this ``manifest``."""
        kid, _, mac = seal.partition(":")
        key = self._keys.find(kid)
        return key is not None and hmac.compare_digest(
            _mac(key, manifest).encode(), mac.encode(errors="replace")
        )


def _mac(key: Key, manifest: bytes) -> str:
    return hmac.digest(key.derive("backup"), manifest, "sha256").hex()
