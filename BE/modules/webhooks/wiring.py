from dependency_injector.containers import DeclarativeContainer

from BE.core.database.database import Database
from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.http.pagination import Cursors
from BE.core.jobs import JobHandlers, Jobs
from BE.core.outside.outside import Outside
from BE.core.personal_data import Held
from BE.core.security.keys import KeyRing
from BE.core.security.sealing import Sealing
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeactivated, UserDeleted, UserDeletionSettled
from BE.modules.webhooks.jobs import Deliver, DeliverAgain
from BE.modules.webhooks.repository import MessageRepository, WebhookRepository
from BE.modules.webhooks.router import router
from BE.modules.webhooks.service import (
    KEPT,
    PLACES,
    DeliveryService,
    MessageService,
    WebhookSecrets,
    WebhookService,
)
from BE.modules.webhooks.service.deliveries import client_of


class WebhooksContainer(DeclarativeContainer):
    # settings
    max_webhooks_per_user: int = needed()
    webhook_allow_private_addresses: bool = needed()
    webhook_attempts_kept_days: float = needed()

    # core
    cursors: Cursors = needed()
    database: Database = needed()
    events: EventBus = needed()
    jobs: Jobs = needed()
    keys: KeyRing = needed()
    outside: Outside = needed()

    webhook_repository = singleton(WebhookRepository, database)
    webhook_messages = singleton(MessageRepository, database)
    webhook_sealing = singleton(Sealing, keys, "webhook-secret")
    webhook_secrets = singleton(WebhookSecrets, webhook_repository, webhook_sealing)
    webhook_client = singleton(client_of, outside, allows_private=webhook_allow_private_addresses)
    webhook_service = singleton(
        WebhookService,
        database,
        webhook_repository,
        webhook_messages,
        events,
        jobs,
        cursors,
        webhook_secrets,
        most=max_webhooks_per_user,
        allows_private=webhook_allow_private_addresses,
    )
    webhook_message_service = singleton(
        MessageService, webhook_repository, webhook_messages, events, jobs
    )
    webhook_deliveries = singleton(
        DeliveryService,
        database,
        webhook_repository,
        webhook_messages,
        events,
        jobs,
        webhook_client,
        webhook_secrets,
        kept_days=webhook_attempts_kept_days,
    )


def subscribe(bus: EventBus, objects: WebhooksContainer) -> None:
    webhooks = objects.webhook_service
    bus.subscribe_all(objects.webhook_message_service.on_events)
    bus.subscribe(UserDeactivated, webhooks.on_user_deactivated)
    bus.subscribe(UserDeleted, webhooks.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        UserDeletionSettled, webhooks.on_user_deleted, name="webhooks.on_user_deletion_settled"
    )
    bus.subscribe(
        HourPassed, objects.webhook_deliveries.on_hour_passed, Delivery.DURABLE_IN_BATCHES
    )
    bus.subscribe(
        HourPassed,
        objects.webhook_secrets.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="webhooks.reseal_secrets",
    )


def do_jobs(handlers: JobHandlers, objects: WebhooksContainer) -> None:
    deliveries = objects.webhook_deliveries
    handlers.handle(Deliver, deliveries.deliver, places=PLACES, kept=KEPT)
    handlers.handle(DeliverAgain, deliveries.deliver_again, places=4, kept=KEPT)


HELD: tuple[Held[WebhooksContainer], ...] = (
    Held(
        name="webhooks",
        about="The addresses to which your events are sent, without their secrets",
        tables=("webhooks.webhook",),
        read=lambda objects, user_id: objects.webhook_repository.held(user_id),
    ),
    Held(
        name="webhook-messages",
        about="What your webhooks were sent, or are about to be",
        tables=("webhooks.message",),
        read=lambda objects, user_id: objects.webhook_messages.held_messages(user_id),
    ),
    Held(
        name="webhook-attempts",
        about="How your webhooks answered",
        tables=("webhooks.attempt",),
        read=lambda objects, user_id: objects.webhook_messages.held(user_id),
    ),
)

INVARIANTS = {
    "every webhook has an owner": """
        SELECT NOT EXISTS (
            SELECT owner_id FROM webhooks.webhook
            EXCEPT
            SELECT id FROM auth.account
        )
    """,
}

CONTEXT = Context(
    name="webhooks",
    container=WebhooksContainer,
    routers=(router,),
    tables=("webhooks.attempt", "webhooks.message", "webhooks.webhook"),
    held=HELD,
    subscribe=subscribe,
    jobs=do_jobs,
    invariants=INVARIANTS,
)
