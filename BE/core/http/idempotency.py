"""Idempotency: a request that is repeated with its key gets the first answer again."""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Annotated, Protocol
from uuid import UUID

import orjson
from fastapi import Depends, Header, Request, Response

from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.core.exceptions import ConflictError, Detail, InvalidInputError, RateLimitedError
from BE.core.http.access import current_user
from BE.core.limits.quotas import Quota
from BE.core.security.keys import KeyRing

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_KEPT_HEADERS = ("location", "etag", "content-type")
_BATCH = 500
_LARGE = 8192
_RETRY_AFTER = 3600


async def _declare(
    _: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="1 to 255 printable ASCII characters. The same key and body within 24 hours"
            " are answered with the first answer.",
        ),
    ] = None,
) -> None:
    pass


IDEMPOTENT = Depends(_declare)
"""A POST route with this among its ``dependencies`` takes an Idempotency-Key."""


class IdempotencyInFlight(ConflictError):
    """The first request with this Idempotency-Key is still running"""

    code = "IDEMPOTENCY_IN_FLIGHT"


class IdempotencyKeyReused(InvalidInputError):
    """This Idempotency-Key was used for another request"""

    code = "IDEMPOTENCY_KEY_REUSED"


class TooManyAnswers(RateLimitedError):
    """Too much was sent with an Idempotency-Key within a day, send fewer or do without"""

    def __init__(self, _: int) -> None:
        super().__init__(retry_after=_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class Claim:
    """One key of one user on one route, and the request that uses it."""

    user_id: UUID
    route: str
    key: str
    request_hash: bytes

    @classmethod
    async def of(cls, request: Request, user_id: UUID) -> "Claim":
        """Raises :class:`InvalidInputError`."""
        keys = request.headers.getlist("idempotency-key")
        if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
            message = "An Idempotency-Key is 1 to 255 printable ASCII characters"
            raise InvalidInputError(
                details=[Detail("header.Idempotency-Key", message, "idempotency_key")]
            )
        kind = request.headers.get("content-type", "").encode()
        asked = sha256(b"\n".join((request.scope["query_string"], kind, b"")))
        asked.update(await request.body())
        route = f"{request.method} {request.scope['path']}"
        return cls(user_id, route, keys[0], asked.digest())

    @property
    def lock(self) -> int:
        name = f"{self.user_id} {self.route} {self.key}"
        return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


async def answer_once(
    request: Request, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Answer a request that has an Idempotency-Key. See :meth:`Idempotency.once`."""
    idempotency: Idempotency = request.app.state.container.idempotency()
    caller = await current_user(request)
    claim = await Claim.of(request, caller.user_id)
    return await idempotency.once(claim, lambda: handle(request))


class _AboutUser(Protocol):
    """An event about a user."""

    @property
    def user_id(self) -> UUID: ...


class _Answered(Exception):
    """A concurrent request was faster."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Idempotency:
    """Stores an answer in the transaction of its effect: both are committed, or neither.

    A request may hold a password, so only a MAC of its hash is stored: a leaked database does not
    help to guess the request.
    """

    def __init__(self, database: Database, keys: KeyRing, *, most: int = 10_000) -> None:
        """``most``: how many answers of a day are stored for one user; see :func:`_size`."""
        self._db = database
        self._quota = Quota(most, TooManyAnswers)
        self._signing = keys.signing.derive("idempotency")
        self._verifying = [key.derive("idempotency") for key in keys]

    async def once(self, claim: Claim, carry_out: Callable[[], Awaitable[Response]]) -> Response:
        """The stored answer, or that of ``carry_out``, which is stored if it is a 2xx.

        The database work of ``carry_out`` is one transaction, which begins with its first
        statement: until then it holds no connection.

        Raises :class:`IdempotencyInFlight`, :class:`IdempotencyKeyReused`, :class:`TooManyAnswers`.
        """
        if stored := await self._stored(claim):
            return stored
        try:
            async with self._db.deferred_transaction(lambda: self._begin(claim)):
                response = await carry_out()
                if 200 <= response.status_code < 300:  # noqa: PLR2004
                    await self._store(claim, response)
        except _Answered as answered:
            return answered.response
        return response

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete expired answers, in short batches."""
        while await self._delete_expired(_BATCH):
            pass

    async def on_user_deleted(self, event: _AboutUser) -> None:
        """Delete the user's stored answers."""
        await self._db.execute(
            "DELETE FROM idempotency.answer WHERE user_id = $1",
            event.user_id,
        )

    async def _begin(self, claim: Claim) -> None:
        """Lock the key until the transaction ends."""
        if self._quota.draw(claim.user_id):
            has_lock = await self._db.fetchval("SELECT pg_try_advisory_xact_lock($1)", claim.lock)
        else:
            has_lock = await self._lock_and_count(claim)
        if not has_lock:
            raise IdempotencyInFlight
        if stored := await self._stored(claim):
            raise _Answered(stored)

    async def _lock_and_count(self, claim: Claim) -> bool:
        """Raises :class:`TooManyAnswers`."""
        has_lock, kept = await self._db.fetchrow(
            """
            SELECT
                pg_try_advisory_xact_lock($1),
                (
                    SELECT coalesce(sum(1 + octet_length(body) / $3::int), 0)
                    FROM idempotency.answer
                    WHERE user_id = $2 AND created_at > now() - interval '24 hours'
                )
            """,
            claim.lock,
            claim.user_id,
            _LARGE,
        )
        if has_lock:
            self._quota.settle(claim.user_id, 1, held=kept)
        return bool(has_lock)

    async def _stored(self, claim: Claim) -> Response | None:
        row = await self._db.fetchrow(
            """
            SELECT request_hash, status, headers, body
            FROM idempotency.answer
            WHERE user_id = $1 AND route = $2 AND key = $3
                AND created_at > now() - interval '24 hours'
            """,
            claim.user_id,
            claim.route,
            claim.key,
        )
        if row is None:
            return None
        request_hash, status, headers, body = row
        if not any(_mac(key, claim) == request_hash for key in self._verifying):
            raise IdempotencyKeyReused
        headers = orjson.loads(headers) | {"Idempotency-Replayed": "true"}
        return Response(body, status, headers)

    async def _store(self, claim: Claim, response: Response) -> None:
        self._quota.spend(claim.user_id, _size(response.body) - 1)
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        await self._db.execute(
            """
            INSERT INTO idempotency.answer (
                user_id, route, key, request_hash, status, headers, body
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (user_id, route, key) DO UPDATE
            SET request_hash = excluded.request_hash,
                status = excluded.status,
                headers = excluded.headers,
                body = excluded.body,
                created_at = now()
            """,
            claim.user_id,
            claim.route,
            claim.key,
            _mac(self._signing, claim),
            response.status_code,
            orjson.dumps(headers).decode(),
            bytes(response.body),
        )

    async def _delete_expired(self, limit: int) -> int:
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM idempotency.answer
                WHERE ctid = ANY (ARRAY (
                    SELECT ctid
                    FROM idempotency.answer
                    WHERE created_at <= now() - interval '24 hours'
                    ORDER BY created_at
                    LIMIT $1
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING key
            )
            SELECT count(*) FROM deleted
            """,
            limit,
        )
        return deleted


def _size(body: bytes | memoryview) -> int:
    """The number of small answers that this one counts as: one, and one more per 8 KiB."""
    return 1 + len(body) // _LARGE


def _mac(key: bytes, claim: Claim) -> bytes:
    return hmac.digest(key, claim.request_hash, "sha256")
