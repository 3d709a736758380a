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
NEVER_FRESH = replace(POLICY, fresh=timedelta(0))
"""A policy under which no proof is fresh."""


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


async def test_a_challenge_may_have_no_account(auth: AuthRepository) -> None:
    challenge = Challenge.new(PURPOSE)
    await auth.add_challenge(challenge, None)

    assert await auth.use_challenge(challenge) == Challenged(None)


async def test_a_challenge_that_was_not_issued_is_refused(auth: AuthRepository) -> None:
    for text in ("", "?", Challenge.new(PURPOSE).text):
        assert await auth.use_challenge(Challenge.read(text, PURPOSE)) is None


async def test_the_challenges_of_an_account_end_on_request_and_with_the_account(
    auth: AuthRepository,
) -> None:
    account = await add_account(auth)
    ended, deleted, other = [Challenge.new(PURPOSE) for _ in range(3)]
    await auth.add_challenge(other, None)
    await auth.add_challenge(ended, account.id)

    await auth.end_challenges(account.id)
    await auth.add_challenge(deleted, account.id)
    await auth.delete_account(account.id)

    assert await auth.find_challenge(ended) is None
    assert await auth.find_challenge(deleted) is None
    assert await auth.find_challenge(other) == Challenged(None)


async def test_a_session_is_fresh_after_its_start_or_a_proof(auth: AuthRepository) -> None:
    account, session_id = await add_account(auth), new_id()
    await auth.add_session(session_id, account, b"salt", Device(None, None), POLICY)

    assert await auth.is_fresh(session_id, POLICY)
    assert await auth.is_fresh(session_id, NEVER_FRESH) is False
    assert await auth.is_fresh(new_id(), POLICY) is None

    await auth.vouch_for_session(session_id)
    await auth.prove_session(session_id)

    assert await auth.is_fresh(session_id, NEVER_FRESH)

    await auth.end_sessions(account.id, POLICY)

    assert await auth.is_fresh(session_id, POLICY) is None
