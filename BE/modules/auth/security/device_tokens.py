import hmac
import secrets
from collections.abc import Iterable
from uuid import UUID

from BE.core.security.base64url import decode, encode
from BE.core.security.keys import Key, KeyRing

_ID_BYTES = 16


class DeviceTokens:
    """Issues and reads the tokens that identify devices to an account (OWASP: device cookies).

    A token grants no access. It proves that the device has signed in before. Nothing is stored.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def issue(self, account_id: UUID) -> str:
        key, device_id = self._keys.signing, secrets.token_bytes(_ID_BYTES)
        return f"{key.kid}.{encode(device_id)}.{encode(_mac(key, device_id, account_id))}"

    def device_of(self, tokens: Iterable[str], account_id: UUID) -> str | None:
        """The id of the device that received one of ``tokens`` for this account.

        ``None`` if none is valid.
        """
        devices = (self._device_of(token, account_id) for token in tokens)
        return next((device for device in devices if device is not None), None)

    def _device_of(self, token: str, account_id: UUID) -> str | None:
        kid, _, rest = token.partition(".")
        shown_id, _, shown_mac = rest.partition(".")
        key, device_id, mac = self._keys.find(kid), decode(shown_id), decode(shown_mac)
        if key is None or not device_id or mac is None:
            return None
        if not hmac.compare_digest(_mac(key, device_id, account_id), mac):
            return None
        return device_id.hex()


def _mac(key: Key, device_id: bytes, account_id: UUID) -> bytes:
    return hmac.digest(key.derive("device-token"), device_id + account_id.bytes, "sha256")
