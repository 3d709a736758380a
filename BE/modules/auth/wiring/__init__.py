"""The parts of auth that the application uses."""

from BE.core.events import Delivery, EventBus, HourPassed
from BE.core.wiring.context import Context
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.auth.router import routers
from BE.modules.auth.wiring.container import AuthContainer
from BE.modules.auth.wiring.held import HELD, WITHHELD


def subscribe(bus: EventBus, objects: AuthContainer) -> None:
    idempotency = objects.idempotency
    bus.subscribe(UserDeleted, idempotency.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        UserDeletionSettled,
        idempotency.on_user_deleted,
        name="idempotency.on_user_deletion_settled",
    )
    bus.subscribe(HourPassed, objects.session_service.on_hour_passed, Delivery.DURABLE_IN_BATCHES)
    bus.subscribe(
        HourPassed,
        objects.api_key_service.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.delete_expired_api_keys",
    )
    bus.subscribe(
        HourPassed,
        objects.second_factors.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.reseal_second_factors",
    )
    changes = objects.email_change_service
    bus.subscribe(
        HourPassed,
        changes.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.drop_past_email_changes",
    )
    places = objects.place_service
    bus.subscribe(
        HourPassed,
        places.on_hour_passed,
        Delivery.DURABLE_IN_BATCHES,
        name="auth.drop_past_places",
    )


async def prepare(objects: AuthContainer) -> None:
    await objects.revocations.load()


CONTEXT = Context(
    name="auth",
    container=AuthContainer,
    routers=routers,
    tables=(
        "auth.api_key",
        "auth.challenge",
        "auth.email_change",
        "auth.recovery_code",
        "auth.totp",
        "auth.one_time_token",
        "auth.passkey",
        "auth.sign_in_place",
        "auth.session",
        "auth.revocation",
        "auth.throttle",
        "auth.account",
    ),
    passing=("auth.challenge",),
    held=HELD,
    withheld=WITHHELD,
    subscribe=subscribe,
    prepare=prepare,
    running=lambda objects: objects.revocations.watching(),
)
