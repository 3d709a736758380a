"""No data of a user outlives the account, not even rows that a running request still wrote."""

from collections.abc import Iterable
from typing import Any

import pytest

from BE.core.wiring.context import Context
from BE.core.wiring.core import CORE
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from commands.context_facts import ContextFacts, facts_of
from container import CONTEXTS

EXEMPT = {
    "users": "a profile is made with the account, in one transaction, and never later",
    "identities": "an identity is added under a lock of the account, which is gone by then",
}
"""The contexts that need not handle UserDeletionSettled, and why."""

ADVICE = (
    "{context} handles UserDeleted, and a request admitted earlier may still write: subscribe"
    " the same handler to UserDeletionSettled too, under a name of its own, or say in EXEMPT"
    " why no row can remain"
)


def missing_subscriptions(contexts: Iterable[ContextFacts]) -> list[str]:
    found = []
    for context in contexts:
        received = {receipt.event for receipt in context.receipts}
        is_exempt = UserDeletionSettled in received or context.name in EXEMPT
        if UserDeleted in received and not is_exempt:
            found.append(ADVICE.format(context=context.name))
    return found


def facts(contexts: Iterable[Context[Any]]) -> list[ContextFacts]:
    return facts_of([*contexts, CORE])


def test_contexts_that_handle_a_deletion_also_handle_its_settling() -> None:
    assert missing_subscriptions(facts(CONTEXTS)) == []


def test_a_missing_subscription_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(EXEMPT, "users")

    [advice] = missing_subscriptions(facts(CONTEXTS))

    assert advice.startswith("users handles UserDeleted")


def test_each_exemption_is_needed() -> None:
    """A context that ignores the deletion, or handles its settling too, needs no exemption."""
    received = {
        context.name: {receipt.event for receipt in context.receipts} for context in facts(CONTEXTS)
    }

    for name in EXEMPT:
        assert UserDeleted in received[name], name
        assert UserDeletionSettled not in received[name], name
