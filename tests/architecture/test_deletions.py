"""Nothing of a user outlives the account, nor what a request wrote that was still running."""

from collections.abc import Iterable
from typing import Any

import pytest

from BE.core.wiring.context import Context
from BE.core.wiring.core import CORE
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from commands.context_facts import ContextFacts, facts_of
from container import CONTEXTS

SETTLED = {
    "users": "a profile is made with the account, in one transaction, and never later",
    "identities": "an identity is added under a lock of the account, which is gone by then",
}
"""Who need not hear that a deletion is settled, and why."""

ADVICE = (
    "{context} handles UserDeleted, and a request that was let in before may still write: subscribe"
    " the same handler to UserDeletionSettled too, under a name of its own, or say in SETTLED"
    " why nothing can be left"
)


def forgetful(contexts: Iterable[ContextFacts]) -> list[str]:
    found = []
    for context in contexts:
        received = {receipt.event for receipt in context.receipts}
        is_excused = UserDeletionSettled in received or context.name in SETTLED
        if UserDeleted in received and not is_excused:
            found.append(ADVICE.format(context=context.name))
    return found


def facts(contexts: Iterable[Context[Any]]) -> list[ContextFacts]:
    return facts_of([*contexts, CORE])


def test_who_deletes_with_a_user_hears_when_nothing_can_follow() -> None:
    assert forgetful(facts(CONTEXTS)) == []


def test_who_forgets_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SETTLED, "users")

    [advice] = forgetful(facts(CONTEXTS))

    assert advice.startswith("users handles UserDeleted")


def test_each_exception_is_one() -> None:
    """One that no longer handles the deletion, or hears of its end too, needs no excuse."""
    received = {
        context.name: {receipt.event for receipt in context.receipts} for context in facts(CONTEXTS)
    }

    for name in SETTLED:
        assert UserDeleted in received[name], name
        assert UserDeletionSettled not in received[name], name
