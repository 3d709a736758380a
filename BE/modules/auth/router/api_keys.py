from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from BE.core.http.access import FRESH, NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import PageQuery
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.schemas.api_keys import (
    ApiKeyPageResponse,
    CreateApiKeyRequest,
    NewApiKeyResponse,
    new_api_key_response,
)
from BE.modules.auth.service import ApiKeyService

router = module_router("auth", carries_secrets=True)

ApiKeys = Provided[ApiKeyService]


@router.get("/api-keys", response_model=ApiKeyPageResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def list_api_keys(
    query: Annotated[PageQuery, Query()], user: CurrentUser, keys: ApiKeys
) -> Response:
    """The API keys of the account, newest first; an expired one for another 30 days."""
    return Json(await keys.list(user.user_id, limit=query.limit, cursor=query.cursor))


@router.post(
    "/api-keys",
    status_code=status.HTTP_201_CREATED,
    response_model=NewApiKeyResponse,
    responses=raises(409, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def create_api_key(body: CreateApiKeyRequest, user: CurrentUser, keys: ApiKeys) -> Response:
    """Create a key for a script: `Authorization: Bearer bnd_…`. It cannot be read again."""
    with arguments_at({"scopes": "body.scopes"}):
        key, text = await keys.create(
            user, name=body.name, scopes=body.scopes, expires_at=body.expires_at
        )
    return Json(new_api_key_response(key, text), status_code=status.HTTP_201_CREATED)


@router.delete(
    "/api-keys/{key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def revoke_api_key(key_id: UUID, user: CurrentUser, keys: ApiKeys) -> Response:
    """End a key, in every process within a second."""
    await keys.revoke(user.user_id, key_id)
    return no_content()
