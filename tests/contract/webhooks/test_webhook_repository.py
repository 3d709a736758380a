from datetime import timedelta
from uuid import UUID

from BE.core.types import new_id
from BE.modules.webhooks.models import SealedSecrets, Subscribed, Webhook
from BE.modules.webhooks.repository import WebhookRepository

ADA, BOB = new_id(), new_id()
START = UUID(int=0)
DAY, PAST = timedelta(days=1), timedelta(days=-1)
URL = "https://example.com/hook"


async def add(
    webhooks: WebhookRepository, owner_id: UUID = ADA, events: tuple[str, ...] = ("task.created",)
) -> Webhook:
    return await webhooks.add(new_id(), owner_id, URL, events, ordered=False, secret=b"one:1")


async def note_failure(
    webhooks: WebhookRepository, webhook: Webhook, rest: timedelta = DAY
) -> bool:
    """Record a failure; return whether the webhook then rests."""
    recorded = await webhooks.note_failure(webhook.id, rests_after=2, rest=rest)
    assert recorded is not None
    is_on, failing_for, resting_until = recorded
    assert is_on
    assert failing_for >= timedelta(0)
    return resting_until is not None


async def test_an_owner_finds_only_their_own_webhooks(webhooks: WebhookRepository) -> None:
    first, other, second = [await add(webhooks, owner) for owner in (ADA, BOB, ADA)]

    assert (first.url, first.events, first.enabled, first.version) == (
        URL,
        ["task.created"],
        True,
        1,
    )
    assert await webhooks.all(ADA) == [first, second]
    assert await webhooks.count_alone(ADA) == 2
    assert await webhooks.get(ADA, first.id) == await webhooks.lock(ADA, first.id) == first
    assert await webhooks.get(ADA, other.id) is None
    assert await webhooks.lock(ADA, other.id) is None


async def test_a_change_advances_the_version(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    changed = await webhooks.change(
        ADA, webhook.id, "https://example.org", ["task.deleted"], ordered=True, enabled=True
    )

    assert (changed.url, changed.events) == ("https://example.org", ["task.deleted"])
    assert (changed.ordered, changed.version) == (True, 2)
    assert await webhooks.get(ADA, webhook.id) == changed


async def test_only_the_owner_s_webhooks_are_removed(webhooks: WebhookRepository) -> None:
    first, second, other = [await add(webhooks, owner) for owner in (ADA, ADA, BOB)]
    await webhooks.remove(BOB, first.id)
    await webhooks.remove(ADA, first.id)

    assert await webhooks.all(ADA) == [second]

    await webhooks.remove_all(ADA)

    assert await webhooks.all(ADA) == []
    assert await webhooks.all(BOB) == [other]
    assert not await webhooks.lock_for_delivery(first.id)
    assert await webhooks.lock_for_delivery(other.id)


async def test_enabled_webhooks_subscribe_to_events_of_their_owner(
    webhooks: WebhookRepository,
) -> None:
    webhook = await add(webhooks, events=("task.created", "task.changed"))
    await add(webhooks, events=("task.deleted",))
    await add(webhooks, BOB)
    off = await add(webhooks)
    await webhooks.switch_off(off.id)

    assert await webhooks.lock_subscribed({ADA}, {"task.created"}) == [
        Subscribed(webhook.id, ADA, ["task.created", "task.changed"])
    ]


async def test_both_secrets_are_returned_during_the_overlap(
    webhooks: WebhookRepository,
) -> None:
    webhook = await add(webhooks)

    assert not await webhooks.rotate(BOB, webhook.id, b"two:2", overlap=DAY)
    assert await webhooks.rotate(ADA, webhook.id, b"two:2", overlap=DAY)
    receiver = await webhooks.receiver(webhook.id)
    assert receiver is not None
    assert (receiver.secret, receiver.old_secret) == (b"two:2", b"one:1")

    await webhooks.rotate(ADA, webhook.id, b"two:3", overlap=PAST)
    receiver = await webhooks.receiver(webhook.id)
    assert receiver is not None
    assert (receiver.secret, receiver.old_secret) == (b"two:3", None)


async def test_expired_secrets_are_deleted(webhooks: WebhookRepository) -> None:
    past, current = await add(webhooks), await add(webhooks)
    await webhooks.rotate(ADA, past.id, b"two:2", overlap=PAST)
    await webhooks.rotate(ADA, current.id, b"two:2", overlap=DAY)
    await webhooks.forget_past_secrets()

    assert await webhooks.sealed_otherwise(b"none:", after=START, limit=9) == [
        SealedSecrets(past.id, b"two:2", None),
        SealedSecrets(current.id, b"two:2", b"one:1"),
    ]


async def test_secrets_sealed_by_another_key_are_found_in_pages(
    webhooks: WebhookRepository,
) -> None:
    both, old, new = [await add(webhooks) for _ in range(3)]
    await webhooks.rotate(ADA, old.id, b"two:2", overlap=DAY)
    await webhooks.reseal(
        SealedSecrets(new.id, b"one:1", None), SealedSecrets(new.id, b"two:2", None)
    )
    found = await webhooks.sealed_otherwise(b"two:", after=START, limit=9)

    assert [sealed.webhook_id for sealed in found] == [both.id, old.id]
    assert await webhooks.sealed_otherwise(b"two:", after=START, limit=1) == found[:1]
    assert await webhooks.sealed_otherwise(b"two:", after=both.id, limit=9) == found[1:]


async def test_resealing_does_not_overwrite_a_newer_secret(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    former = SealedSecrets(webhook.id, b"one:1", None)
    await webhooks.rotate(ADA, webhook.id, b"one:2", overlap=DAY)
    await webhooks.reseal(former, SealedSecrets(webhook.id, b"two:1", None))
    receiver = await webhooks.receiver(webhook.id)

    assert receiver is not None
    assert (receiver.secret, receiver.old_secret) == (b"one:2", b"one:1")


async def test_a_webhook_that_fails_repeatedly_rests(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)

    assert not await note_failure(webhooks, webhook)
    receiver, failing = await webhooks.receiver(webhook.id), await webhooks.get(ADA, webhook.id)
    assert receiver is not None
    assert receiver.is_failing
    assert failing is not None
    assert failing.failing_since is not None
    assert failing.version == 1

    assert await note_failure(webhooks, webhook)
    assert await webhooks.receiver(webhook.id) is None


async def test_a_rest_ends(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    for _ in range(2):
        await note_failure(webhooks, webhook, rest=timedelta(0))

    assert await webhooks.receiver(webhook.id) is not None


async def test_a_success_clears_the_failures(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    for _ in range(2):
        await note_failure(webhooks, webhook)
    await webhooks.note_success(webhook.id)
    receiver = await webhooks.receiver(webhook.id)

    assert receiver is not None
    assert not receiver.is_failing
    assert await webhooks.get(ADA, webhook.id) == webhook


async def test_switching_a_webhook_on_clears_its_failures(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    for _ in range(2):
        await note_failure(webhooks, webhook)
    await webhooks.switch_off(webhook.id)
    assert await webhooks.receiver(webhook.id) is None

    changed = await webhooks.change(
        ADA, webhook.id, URL, ["task.created"], ordered=False, enabled=True
    )

    assert (changed.failing_since, changed.version) == (None, 3)
    assert await webhooks.receiver(webhook.id) is not None


async def test_all_webhooks_of_an_owner_are_switched_off_once(webhooks: WebhookRepository) -> None:
    first, second, other = [await add(webhooks, owner) for owner in (ADA, ADA, BOB)]
    await webhooks.switch_off(second.id)

    assert await webhooks.switch_off_all(ADA) == [first.id]
    assert [webhook.enabled for webhook in await webhooks.all(ADA)] == [False, False]
    assert await webhooks.get(BOB, other.id) == other


async def test_a_failure_of_a_removed_webhook_is_ignored(webhooks: WebhookRepository) -> None:
    assert await webhooks.note_failure(new_id(), rests_after=1, rest=DAY) is None
    assert await webhooks.receiver(new_id()) is None


async def test_an_export_holds_webhooks_without_secrets(webhooks: WebhookRepository) -> None:
    webhook = await add(webhooks)
    await add(webhooks, BOB)
    [[held]] = [rows async for rows in webhooks.held(ADA)]

    assert held == {
        name: getattr(webhook, name)
        for name in ("id", "url", "events", "ordered", "enabled", "failing_since", "created_at")
    }
