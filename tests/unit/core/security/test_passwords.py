import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from BE.core.security.passwords import HashingBusy, Passwords


async def test_only_the_password_that_was_hashed_matches() -> None:
    passwords = Passwords()

    hashed = await passwords.hash("correct horse")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(hashed, "correct horse")
    assert not await passwords.verify(hashed, "Correct horse")
    assert not await passwords.verify("garbage", "correct horse")
    assert not await passwords.verify(None, "correct horse")
    passwords.close()


async def test_unicode_composition_does_not_matter() -> None:
    passwords = Passwords()

    assert await passwords.verify(await passwords.hash("caf\u00e9"), "cafe\u0301")
    passwords.close()


async def test_a_full_queue_is_reported() -> None:
    passwords = Passwords()
    fitting = (os.cpu_count() or 1) + 32

    results = await asyncio.gather(
        *(passwords.hash("x") for _ in range(fitting + 3)), return_exceptions=True
    )

    assert [type(result) for result in results].count(HashingBusy) == 3
    assert await passwords.hash("x")
    passwords.close()


async def test_a_hash_with_older_parameters_is_recognised() -> None:
    passwords = Passwords()
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")

    assert passwords.needs_rehash(weaker)
    assert not passwords.needs_rehash(await passwords.hash("x"))
    passwords.close()


def test_the_hash_of_no_account_is_computed_like_any_other() -> None:
    passwords = Passwords()

    assert not passwords.needs_rehash(passwords._dummy)
    with pytest.raises(VerifyMismatchError):  # a malformed one fails at once, with another error
        PasswordHasher().verify(passwords._dummy, "x")
    passwords.close()


async def test_a_batch_keeps_its_order_and_never_fills_the_queue() -> None:
    passwords = Passwords()
    words = [str(number) for number in range(60)]

    hashes = await passwords.hash_all(words)

    checks = [await passwords.verify(hashes[at], words[at]) for at in (0, 30, 59)]
    assert checks == [True, True, True]
    assert len(set(hashes)) == 60
    passwords.close()


async def test_sign_ins_take_precedence_over_a_batch() -> None:
    """A batch makes no progress as long as a sign-in waits.

    Once the first sign-in is done, the others still keep every thread busy.
    """
    passwords, threads = Passwords(), os.cpu_count() or 1
    ended: list[str] = []

    async def sign_in_repeatedly() -> None:
        for _ in range(8):
            await passwords.hash("x")
        ended.append("sign-ins")

    async def hash_batch() -> None:
        await passwords.hash_all(["y"] * threads * 3)
        ended.append("batch")

    batch = asyncio.create_task(hash_batch())
    await asyncio.sleep(0)
    await asyncio.gather(*(sign_in_repeatedly() for _ in range(threads + 2)))
    await batch

    assert ended[0] == "sign-ins"
    passwords.close()


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has no niceness of its own")
def test_hashing_threads_are_nicer_than_their_process() -> None:
    with ThreadPoolExecutor(1) as executor:
        own = executor.submit(os.nice, 6).result()
        hashing = executor.submit(asyncio.run, niceness_of_hashing()).result()

    assert hashing == min(own + 5, 19)


async def niceness_of_hashing() -> int:
    passwords, others = Passwords(), set(threading.enumerate())
    await passwords.hash("x")
    (hashing,) = set(threading.enumerate()) - others
    niceness = os.getpriority(os.PRIO_PROCESS, hashing.native_id or 0)
    passwords.close()
    return niceness
