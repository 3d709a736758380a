"""The public keys of another issuer, fetched from its JWKS URL (RFC 7517)."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWK, PyJWTError

from BE.core.exceptions import UnavailableError
from BE.core.outside.answers import CallFailed
from BE.core.outside.client import OutsideClient

log = structlog.get_logger(__name__)

_FRESH = 300.0
_UNKNOWN_KEY_PAUSE = 30.0
_FAILURE_PAUSE = 5.0
_STALE_AT_MOST = 86_400.0


class KeysUnavailable(UnavailableError):
    """The keys of the token's issuer cannot be fetched at the moment, try again"""


class RemoteKeys:
    """The keys at ``url`` that fit ``algorithms``: fetched when needed, cached for five minutes.

    If they cannot be fetched, the cached keys stay valid for a day. An unknown key causes a new
    fetch, at most twice a minute.
    """

    def __init__(
        self,
        url: str,
        algorithms: Sequence[str],
        client: OutsideClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._url = url
        self._algorithms = algorithms
        self._clock = clock
        self._keys: list[PyJWK] = []
        self._fetched_at = self._fresh_until = self._next_fetch_at = float("-inf")
        self._is_unreachable = False
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key ``kid`` for ``algorithm``; without ``kid`` the only key.

        Raises :class:`KeysUnavailable` if it is unknown and the keys cannot be fetched.
        """
        if self._clock() >= self._fresh_until:
            await self._refresh()
        key = self._known(kid, algorithm)
        if key is None and self._clock() >= self._next_fetch_at:
            await self._refresh()
            key = self._known(kid, algorithm)
        if key is None and self._is_unreachable:
            raise KeysUnavailable(retry_after=int(_FAILURE_PAUSE))
        return key

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _known(self, kid: str | None, algorithm: str) -> PyJWK | None:
        found = [
            key
            for key in self._keys
            if key.algorithm_name == algorithm and kid in {None, key.key_id}
        ]
        return found[0] if len(found) == 1 else None

    async def _refresh(self) -> None:
        """Fetch once for all waiting requests; a cancelled request does not cancel the fetch."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._forget_fetch)
        await asyncio.shield(self._fetching)

    def _forget_fetch(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            answer = await self._client.get(self._url)
            keys = list(_usable(answer.require_ok().body, self._algorithms))
        except (CallFailed, ValueError) as error:
            self._failed(error)
            return
        now = self._clock()
        self._keys = keys
        self._fetched_at = now
        self._fresh_until = now + _FRESH
        self._next_fetch_at = now + _UNKNOWN_KEY_PAUSE
        self._is_unreachable = False
        if not keys:
            log.warning("jwks_without_usable_key", url=self._url, algorithms=self._algorithms)

    def _failed(self, error: Exception) -> None:
        now = self._clock()
        if now - self._fetched_at > _STALE_AT_MOST:
            self._keys = []
        self._fresh_until = now + _FAILURE_PAUSE
        self._next_fetch_at = now + _UNKNOWN_KEY_PAUSE
        self._is_unreachable = True
        log.warning("jwks_unavailable", url=self._url, reason=repr(error))


def _usable(document: bytes, algorithms: Sequence[str]) -> Iterator[PyJWK]:
    """Every public signature key, once for every algorithm that it may verify."""
    try:
        keys = json.loads(document)["keys"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise ValueError("no JSON Web Key Set") from None
    if not isinstance(keys, list):
        raise ValueError("no JSON Web Key Set")  # noqa: TRY004 - as any other malformed document
    for key in keys:
        for algorithm in algorithms:
            if isinstance(key, dict) and _may_verify(key, algorithm):
                try:
                    yield PyJWK(key, algorithm)
                except (PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
                    continue  # a key of another type or curve


def _may_verify(key: dict[str, Any], algorithm: str) -> bool:
    operations = key.get("key_ops", ["verify"])
    return (
        isinstance(key.get("kid"), str | None)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in key  # a published private key proves nothing
    )
