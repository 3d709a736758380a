"""Challenges and proofs, in memory and in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

from BE.core.types import new_id
from BE.modules.auth.models import (
    Account,
    AccountDraft,
    Challenge,
    Challenged,
    ChallengePurpose,
    Device,
    SessionPolicy,
)
from BE.modules.auth.repository import AuthRepository

PURPOSE = ChallengePurpose.SECOND_FACTOR
POLICY = SessionPolicy(
    idle=timedelta(days=7),
    absolute=timedelta(days=30),
    grace=timedelta(seconds=30),
    access=timedelta(minutes=15),
)
OVER = replace(POLICY, fresh=timedelta(0))
"""By which no proof counts."""


async def add_account(auth: AuthRepository) -> Account:
    [account] = await auth.add_accounts([AccountDraft(new_id(), "ada@example.com", "hash", "Ada")])
    return account


async def test_a_challenge_is_used_once(auth: AuthRepository) -> None:
    account = await add_account(auth)
    challenge = Challenge.new(PURPOSE)
    await auth.add_challenge(challenge, account.id)
    sent = Challenge.read(challenge.text, PURPOSE)

    assert await auth.find_challenge(sent) == Challenged(account.id)
    assert await auth.use_challenge(sent) == Challenged(account.id)
    assert await auth.use_challenge(sent) is None
    assert await auth.find_challenge(sent) is None


async def test_a_challenge_may_be_given_to_anybody(auth: AuthRepository) -> None:
    challenge = Challenge.new(PURPOSE)
    await auth.add_challenge(challenge, None)

    assert await auth.use_challenge(challenge) == Challenged(None)


async def test_what_nobody_issued_is_no_challenge(auth: AuthRepository) -> None:
    for text in ("", "?", Challenge.new(PURPOSE).text):
        assert await auth.use_challenge(Challenge.read(text, PURPOSE)) is None


async def test_the_challenges_of_an_account_end_and_go_with_it(auth: AuthRepository) -> None:
    account = await add_account(auth)
    ended, gone, other = [Challenge.new(PURPOSE) for _ in range(3)]
    await auth.add_challenge(other, None)
    await auth.add_challenge(ended, account.id)

    await auth.end_challenges(account.id)
    await auth.add_challenge(gone, account.id)
    await auth.delete_account(account.id)

    assert await auth.find_challenge(ended) is None
    assert await auth.find_challenge(gone) is None
    assert await auth.find_challenge(other) == Challenged(None)


async def test_a_session_is_fresh_once_it_is_open_or_proved(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account, b"salt", Device(None, None), POLICY)

    assert await auth.is_fresh(session_id, POLICY)
    assert await auth.is_fresh(session_id, OVER) is False
    assert await auth.is_fresh(new_id(), POLICY) is None

    await auth.vouch_for_session(session_id)
    await auth.prove_session(session_id)

    assert await auth.is_fresh(session_id, OVER)

    await auth.end_sessions(account.id, POLICY)

    assert await auth.is_fresh(session_id, POLICY) is None
