"""Routes for admins: list, inspect and retry the deliveries that have used up their attempts."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Path, Query, Response, status

from BE.core.events.deliveries import Deliveries, DeliveryNotFound, State
from BE.core.http.access import ADMIN, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import Cursors, PageQuery, PageResponse
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.core.types import ResponseSchema

router = module_router(
    "events", access=ADMIN, keys=keys_with("operations:read", "operations:write")
)

_SCOPE = "events:dead"

DeliveryId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class DeliveryResponse(ResponseSchema):
    id: int
    event_id: UUID
    event_name: str
    event_version: int
    handler: str
    key: str | None
    state: State
    attempts: int
    last_error: str | None
    occurred_at: datetime
    due_at: datetime
    finished_at: datetime | None


class DeliveryWithEventResponse(DeliveryResponse):
    payload: dict[str, Any]
    actor_id: UUID | None
    request_id: str | None
    client_ip: str | None
    api_key_id: UUID | None


class DeliveryPageResponse(PageResponse[DeliveryResponse]):
    pass


@router.get("/dead", response_model=DeliveryPageResponse)
async def list_dead_deliveries(
    query: Annotated[PageQuery, Query()],
    deliveries: Provided[Deliveries],
    cursors: Provided[Cursors],
) -> Response:
    """Newest first."""
    before = None if query.cursor is None else int(cursors.open(_SCOPE, query.cursor)[0])
    found = await deliveries.newest("dead", before=before, limit=query.limit + 1)
    return Json(cursors.page(_SCOPE, found, query.limit, lambda delivery: [delivery.id]))


@router.get("/{delivery_id}", response_model=DeliveryWithEventResponse, responses=raises(404))
async def read_delivery(delivery_id: DeliveryId, deliveries: Provided[Deliveries]) -> Response:
    """A delivery in any state, what its event says, and who caused it. Events hold no secrets."""
    found = await deliveries.get(delivery_id)
    if found is None:
        raise DeliveryNotFound
    delivery, circumstances = found
    event = asdict(circumstances) | {"payload": orjson.Fragment(circumstances.payload)}
    return Json(asdict(delivery) | event)


@router.post(
    "/{delivery_id}/retry",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 409),
)
async def retry_delivery(
    delivery_id: DeliveryId,
    deliveries: Provided[Deliveries],
) -> Response:
    """Make a dead delivery pending again, with all its attempts."""
    await deliveries.retry(delivery_id)
    return no_content()
