from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import PageQuery
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.schemas.sessions import SessionPageResponse, session_response
from BE.modules.auth.service import SessionService

router = module_router("auth", carries_secrets=True)

Sessions = Provided[SessionService]


@router.get("/sessions", response_model=SessionPageResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def list_sessions(
    query: Annotated[PageQuery, Query()], user: CurrentUser, sessions: Sessions
) -> Response:
    """The open sessions of the account, newest first."""
    page = await sessions.list(user.user_id, limit=query.limit, cursor=query.cursor)
    return Json(page.rendered(partial(session_response, current=user.session_id)))


@router.delete(
    "/sessions", status_code=status.HTTP_204_NO_CONTENT, dependencies=[SIGNED_IN, NO_KEYS]
)
async def end_other_sessions(user: CurrentUser, sessions: Sessions) -> Response:
    """End every session of the account but the one of the access token."""
    await sessions.end_others(user)
    return no_content()


@router.delete(
    "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404),
    dependencies=[SIGNED_IN, NO_KEYS],
)
async def end_session(session_id: UUID, user: CurrentUser, sessions: Sessions) -> Response:
    await sessions.end_one(user.user_id, session_id)
    return no_content()
