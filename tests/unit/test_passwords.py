import asyncio
import os

from argon2 import PasswordHasher

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


async def test_it_does_not_matter_how_a_keyboard_composes() -> None:
    passwords = Passwords()

    assert await passwords.verify(await passwords.hash("caf\u00e9"), "cafe\u0301")
    passwords.close()


async def test_when_the_queue_is_full_it_says_so() -> None:
    passwords = Passwords()
    fitting = (os.cpu_count() or 1) + 32

    results = await asyncio.gather(
        *(passwords.hash("x") for _ in range(fitting + 3)), return_exceptions=True
    )

    assert [type(each) for each in results].count(HashingBusy) == 3
    assert await passwords.hash("x")
    passwords.close()


def test_a_hash_of_older_parameters_is_told() -> None:
    passwords = Passwords()
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")

    assert passwords.needs_rehash(weaker)
    assert not passwords.needs_rehash(passwords._dummy)
    passwords.close()
