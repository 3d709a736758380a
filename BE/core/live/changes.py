"""Changes, as they are committed: the one path of the live feed."""

from typing import Annotated, Any

from fastapi import Header, Query, Request, Response, status

from BE.core.http.access import ANY_KEY, PUBLIC, SIGNED_IN, CurrentUser
from BE.core.http.callers import bearer_token
from BE.core.http.dependencies import Provided
from BE.core.http.paths import API
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.core.http.web_sockets import WebSocketAnswer, WebSocketRoute
from BE.core.live.sockets import SUBPROTOCOL, Conversations
from BE.core.live.sse import EventStream
from BE.core.live.stream import note_stream
from BE.core.live.streams import LiveStreams
from BE.core.security.bearer_tokens import BearerTokens

PATHS = frozenset({f"{API}/changes"})
"""Of WebSockets."""

router = module_router("changes")

_EXAMPLE = (
    "event: task.changed\n"
    'data: {"id": "019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f", "version": 3,'
    ' "at": "2026-01-31T12:00:00Z", "team_id": null}\n'
    "id: Zm9vYmFy\n\n"
)
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, until the stream ends",
        "content": {"text/event-stream": {"schema": {"type": "string", "examples": [_EXAMPLE]}}},
    }
}


async def converse(request: Request, conversations: Provided[Conversations]) -> Response:
    """The same over a WebSocket."""
    note_stream()

    return WebSocketAnswer(request, SUBPROTOCOL, lambda socket: conversations.hold(socket, request))


router.add_api_route(
    "",
    converse,
    name="converse_on_changes",
    dependencies=[PUBLIC, FROM_OUR_SITE],
    include_in_schema=False,
    route_class_override=WebSocketRoute,
)


@router.get(
    "",
    status_code=status.HTTP_200_OK,
    response_class=Response,  # its errors are JSON
    responses=_STREAMED,
    dependencies=[SIGNED_IN, ANY_KEY],
)
async def follow_changes(
    request: Request,
    user: CurrentUser,
    streams: Provided[LiveStreams],
    tokens: Provided[BearerTokens],
    since: Annotated[str | None, Query(description="As `Last-Event-ID`")] = None,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Go on after this id")
    ] = None,
) -> Response:
    """Server-sent events: each committed change that the caller may see, as it happens.

    An API key sees what its scopes let it read.

    The first is `ready`, then come changes such as `task.created`, `task.changed` and
    `task.deleted`; `team_id` is null for the caller's own. A user who joins or leaves a team
    receives `team.joined` or `team.left`, and from then on the changes of its tasks, or none. A
    client that sends the id of the last event receives what has happened since; after `reset` that
    is no longer known, and the client must fetch again what it shows. The stream ends with the
    session and with the token, and when its reader is 256 events behind: reconnect with the last
    id. A comment comes every 15 seconds.

    The same comes over a WebSocket at this path, with the subprotocol
    `bounded.v1`: send `{"token": "…"}` within 5 seconds, with `"since"` to resume,
    and receive messages `{"event", "id", "data"}`.
    """
    token = bearer_token(request.headers.get("authorization", ""))
    opening = streams.open(
        user,
        last_event_id or since,
        expires_at=tokens.expires_at(token),
        transport="sse",
    )
    return EventStream(streams, opening)
