"""A sign-in under way at a provider: its whole state is in the browser's cookie."""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

import orjson

from BE.core.security.base64url import decode, encode
from BE.core.security.keys import Key, KeyRing

LIFETIME = 600
"""Seconds that a user may take at the provider."""

_SECRET_BYTES = 32
_MAX_DEVICE_TOKENS = 2
_MAX_LENGTH = 3800  # a browser keeps cookies of 4096 bytes


type ErrandKind = Literal["link", "step_up"]


@dataclass(frozen=True, slots=True)
class Errand:
    """Why a session sends its holder to a provider: for a further way to sign in, or a proof."""

    account_id: UUID
    session_id: UUID
    kind: ErrandKind


@dataclass(frozen=True)
class Flow:
    """``secret`` stays in the browser: values for the provider and URLs are derived from it."""

    provider: str
    return_to: str
    device_tokens: tuple[str, ...] = ()
    """Those of the device where it began: the request that returns lacks them."""
    errand: Errand | None = None
    """``None``: it is a sign-in."""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_SECRET_BYTES), repr=False)
    expires_at: int = field(default_factory=lambda: int(time.time()) + LIFETIME)

    @cached_property
    def state(self) -> str:
        return self._derived("state")

    @cached_property
    def nonce(self) -> str:
        return self._derived("nonce")

    @cached_property
    def verifier(self) -> str:
        """Of PKCE (RFC 7636)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def digest(self) -> bytes:
        """Identifies a used flow."""
        return hashlib.sha256(self.secret).digest()

    def has_state(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode("utf-8", "replace"))

    def _derived(self, purpose: str) -> str:
        return encode(hmac.digest(self.secret, purpose.encode(), "sha256"))


class Flows:
    """Seals flows into cookies and opens them again."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def seal(self, flow: Flow) -> str:
        key = self._keys.signing
        errand = flow.errand and _encoded(flow.errand)
        content = [flow.provider, flow.return_to, flow.expires_at, encode(flow.secret), errand]
        sealed = _sealed(key, [*content, flow.device_tokens[:_MAX_DEVICE_TOKENS]])
        return sealed if len(sealed) <= _MAX_LENGTH else _sealed(key, [*content, []])

    def open(self, sealed: str) -> Flow | None:
        """``None`` for a flow that we did not seal, or too long ago."""
        kid, _, rest = sealed.partition(".")
        shown, _, shown_mac = rest.partition(".")
        key, payload, mac = self._keys.find(kid), decode(shown), decode(shown_mac)
        if key is None or payload is None or mac is None:
            return None
        if not hmac.compare_digest(_mac(key, payload), mac):
            return None
        provider, return_to, expires_at, secret, errand, device_tokens = orjson.loads(payload)
        if expires_at <= time.time():
            return None
        return Flow(
            provider=provider,
            return_to=return_to,
            expires_at=expires_at,
            secret=decode(secret) or b"",
            errand=errand and _decoded(*errand),
            device_tokens=tuple(device_tokens),
        )


def _encoded(errand: Errand) -> list[str]:
    # a release that supported only links reads the ids alone
    kind = [] if errand.kind == "link" else [errand.kind]
    return [str(errand.account_id), str(errand.session_id), *kind]


def _decoded(account_id: str, session_id: str, kind: ErrandKind = "link") -> Errand:
    return Errand(UUID(account_id), UUID(session_id), kind)


def _sealed(key: Key, content: list[Any]) -> str:
    payload = orjson.dumps(content)
    return f"{key.kid}.{encode(payload)}.{encode(_mac(key, payload))}"


def _mac(key: Key, payload: bytes) -> bytes:
    return hmac.digest(key.derive("provider-flow"), payload, "sha256")
