from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Request, Response, status

from BE.core.http.access import FRESH, NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfMatchHeader
from BE.core.http.responses import (
    CREATED,
    WITH_ETAG,
    AcceptedResponse,
    Json,
    accepted,
    created,
    no_content,
    versioned,
)
from BE.core.http.routes import module_router
from BE.modules.webhooks.schemas import (
    AttemptPageResponse,
    ChangeWebhookRequest,
    CreateWebhookRequest,
    NewWebhookResponse,
    SecretResponse,
    WebhookResponse,
    WebhooksResponse,
    new_webhook,
)
from BE.modules.webhooks.service import WebhookService
from BE.modules.webhooks.service.webhooks import Changes

# A webhook that a thief adds would keep sending after the stolen key or session has ended.
router = module_router("webhooks", access=SIGNED_IN, keys=NO_KEYS)

Service = Provided[WebhookService]

_BODY: Final = {"url": "body.url", "events": "body.events"}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=NewWebhookResponse,
    dependencies=[FRESH],
    responses=raises(409, body=True) | CREATED,
)
async def create_webhook(
    body: CreateWebhookRequest, request: Request, user: CurrentUser, service: Service
) -> Response:
    """Send the caller's events to an address. The secret is shown only this once."""
    with arguments_at(_BODY):
        webhook, secret = await service.create(
            user.user_id, body.url, body.events, ordered=body.ordered
        )
    return created(request, new_webhook(webhook, secret), webhook)


@router.get("", response_model=WebhooksResponse)
async def list_webhooks(user: CurrentUser, service: Service) -> Response:
    """The caller's webhooks, the oldest first, and the events that they can subscribe to."""
    items = await service.all(user.user_id)
    return Json({"items": items, "known_events": service.known_events})


# without 304: whether it fails changes without its version
@router.get("/{webhook_id}", response_model=WebhookResponse, responses=raises(404) | WITH_ETAG)
async def read_webhook(webhook_id: UUID, user: CurrentUser, service: Service) -> Response:
    webhook = await service.get(user.user_id, webhook_id)
    return versioned(webhook, webhook)


@router.patch(
    "/{webhook_id}",
    response_model=WebhookResponse,
    dependencies=[FRESH],
    responses=raises(404, 412, body=True) | WITH_ETAG,
)
async def change_webhook(
    webhook_id: UUID,
    body: ChangeWebhookRequest,
    user: CurrentUser,
    service: Service,
    if_match: IfMatchHeader,
) -> Response:
    """Change the given fields. Switching it off drops its pending messages."""
    changes = Changes(**{name: getattr(body, name) for name in body.model_fields_set})
    with arguments_at(_BODY):
        webhook = await service.change(
            user.user_id, webhook_id, changes, if_match.versions_of(webhook_id)
        )
    return versioned(webhook, webhook)


@router.delete("/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404, 412))
async def delete_webhook(
    webhook_id: UUID, user: CurrentUser, service: Service, if_match: IfMatchHeader
) -> Response:
    """Delete the webhook, with the record of its attempts."""
    await service.delete(user.user_id, webhook_id, if_match.versions_of(webhook_id))
    return no_content()


@router.post(
    "/{webhook_id}/secret",
    response_model=SecretResponse,
    dependencies=[FRESH],
    responses=raises(404),
)
async def rotate_secret(webhook_id: UUID, user: CurrentUser, service: Service) -> Response:
    """Create a new secret, shown only this once. For a day messages are signed with both."""
    return Json({"secret": await service.rotate(user.user_id, webhook_id)})


@router.post(
    "/{webhook_id}/test",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(404, 409),
)
async def test_webhook(webhook_id: UUID, user: CurrentUser, service: Service) -> Response:
    """Send the event `webhook.test`; its result is among the attempts."""
    await service.test(user.user_id, webhook_id)
    return accepted("The test event is being sent")


@router.get("/{webhook_id}/attempts", response_model=AttemptPageResponse, responses=raises(404))
async def list_attempts(
    webhook_id: UUID, query: Annotated[PageQuery, Query()], user: CurrentUser, service: Service
) -> Response:
    """The messages that were sent and the answers to them, the newest first."""
    page = await service.attempts(user.user_id, webhook_id, limit=query.limit, cursor=query.cursor)
    return Json(page)


@router.post(
    "/{webhook_id}/attempts/{attempt_id}/resend",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(404, 409),
)
async def resend(
    webhook_id: UUID, attempt_id: UUID, user: CurrentUser, service: Service
) -> Response:
    """Send the message of the attempt again, under the same `webhook-id`."""
    await service.resend(user.user_id, webhook_id, attempt_id)
    return accepted("The message is being sent again")
