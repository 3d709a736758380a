import asyncio
import os
import sys
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from BE.core.exceptions import Detail, UnavailableError

# OWASP's minimum for argon2id: 19 MiB, two passes, one lane
_MEMORY_KIB = 19456
_PASSES = 2
_LANES = 1
_QUEUE = 32
_NICENESS = 5  # under load, a third of the processor time of an ordinary thread


class PasswordRules(Protocol):
    """Which passwords are good enough; a context decides."""

    def fault_of(
        self, password: str, email: str, username: str | None, full_name: str, *, field: str
    ) -> Detail | None: ...


class HashingBusy(UnavailableError):
    """Too many sign-ins at once, try again in a moment"""


class Passwords:
    """Hashes and verifies with argon2id, off the event loop.

    One thread per core and a limited queue: memory stays below cores × 19 MiB. A caller that finds
    the queue full gets :class:`HashingBusy`.
    """

    def __init__(self, *, memory_kib: int = _MEMORY_KIB, passes: int = _PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=_LANES)
        self._threads = os.cpu_count() or 1
        self._executor = ThreadPoolExecutor(
            self._threads, thread_name_prefix="argon2", initializer=_yield_to_requests
        )
        self._capacity = self._free = self._threads + _QUEUE
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._dummy = _unmatched_hash(memory_kib, passes)

    @property
    def in_hand(self) -> int:
        """How many are being hashed or wait for it."""
        return self._capacity - self._free

    async def hash(self, password: str) -> str:
        return await self._run(self._argon2.hash, _normalised(password))

    async def hash_all(self, passwords: Sequence[str]) -> list[str]:
        """Hash many, one whenever a thread is idle: sign-ins go first."""
        hashes: dict[int, str] = {}
        rest = iter(enumerate(passwords))

        async def work() -> None:
            for number, password in rest:
                while not self._idle.is_set():
                    await self._idle.wait()
                hashes[number] = await self._in_thread(self._argon2.hash, _normalised(password))

        async with asyncio.TaskGroup() as workers:
            for _ in range(self._threads):
                workers.create_task(work())
        return [hashes[number] for number in range(len(passwords))]

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password_hash`` is that of ``password``.

        ``None`` (there is no such account) never matches but takes as long.
        """
        matches = await self._run(
            self._matches, password_hash or self._dummy, _normalised(password)
        )
        return matches and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than the current ones."""
        return self._argon2.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._free:
            raise HashingBusy
        self._free -= 1
        try:
            return await self._in_thread(function, *args, **kwargs)
        finally:
            self._free += 1

    async def _in_thread[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        self._count(1)
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._running += change
        if self._running < self._threads:
            self._idle.set()
        else:
            self._idle.clear()


def _unmatched_hash(memory_kib: int, passes: int) -> str:
    """The hash of no known password: verifying one takes as long as with any other."""
    salt, digest = (b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={passes},p={_LANES}${salt}${digest}"


def _yield_to_requests() -> None:
    """Give the event loop's thread priority; only Linux has a niceness for each thread."""
    if sys.platform == "linux":
        os.nice(_NICENESS)  # relative to the process: lowering it would need a privilege


def _normalised(password: str) -> str:
    """The same characters whatever keyboard composed them (NIST SP 800-63B: NFKC)."""
    return unicodedata.normalize("NFKC", password)
