from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Body, Query, Request, Response, status

from BE.core.http.access import (
    ADMIN,
    FRESH,
    FRESH_FOR_ONESELF,
    NO_KEYS,
    SELF_OR_ADMIN,
    SIGNED_IN,
    CurrentUser,
    keys_with,
)
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import answers, raises
from BE.core.http.form_checks import NEW_PASSWORD
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    CREATED,
    NOT_MODIFIED,
    WITH_ETAG,
    Json,
    created,
    no_content,
    tagged,
    versioned,
)
from BE.core.http.routes import module_router
from BE.modules.users.models import ProfileChanges, UserChanges
from BE.modules.users.schemas import (
    ChangeProfileRequest,
    ChangeUserRequest,
    CreateUserRequest,
    CreateUsersRequest,
    DeleteMeRequest,
    FindUsersQuery,
    UserPageResponse,
    UserResponse,
    UsersResponse,
    UserStatsResponse,
    listed_user_response,
    user_response,
)
from BE.modules.users.service import UserAdministration, UserBulks, UserService

router = module_router("users")

Service = Provided[UserService]
Administration = Provided[UserAdministration]

_READING = keys_with("users:read")
_WRITING = keys_with("users:write")
_CHANGED = {name: f"body.{name}" for name in ("username", "role", "is_active")}


@router.get(
    "/me",
    response_model=UserResponse,
    responses=raises(404) | NOT_MODIFIED,
    dependencies=[SIGNED_IN, _READING],
)
async def read_my_profile(
    user: CurrentUser, service: Service, if_none_match: IfNoneMatchHeader
) -> Response:
    profile = await service.get(user.user_id)
    return versioned(user_response(profile), profile, if_none_match)


@router.patch(
    "/me",
    response_model=UserResponse,
    responses=raises(404, 409, 412, body=True) | WITH_ETAG,
    dependencies=[SIGNED_IN, _WRITING],
)
async def change_my_profile(
    body: ChangeProfileRequest, user: CurrentUser, service: Service, if_match: IfMatchHeader
) -> Response:
    """Change the fields that are sent; ``"username": null`` removes it."""
    changes = cast(ProfileChanges, body.model_dump(exclude_unset=True))
    with arguments_at(_CHANGED):
        profile = await service.change(user.user_id, changes, if_match.versions_of(user.user_id))
    return versioned(user_response(profile), profile)


_OWNING = answers(409, "LAST_OWNER")
_DELETION = raises(404, 412, 429, body=True) | answers(401, "INVALID_CREDENTIALS") | _OWNING


# some networks strip the body of a DELETE, which has no meaning of its own (RFC 9110 §9.3.5)
@router.post(
    "/me/delete",
    name="delete_myself_by_post",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_DELETION,
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
@router.delete(
    "/me",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_DELETION,
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def delete_myself(
    body: DeleteMeRequest,
    user: CurrentUser,
    administration: Administration,
    if_match: IfMatchHeader,
) -> Response:
    """Delete the account and everything that belongs to it. This cannot be undone."""
    versions = if_match.versions_of(user.user_id)
    with arguments_at({"password": "body.password"}):
        await administration.delete_oneself(user, body.password, versions)
    return no_content()


@router.get(
    "", response_model=UserPageResponse, responses=NOT_MODIFIED, dependencies=[ADMIN, _READING]
)
async def list_users(
    query: Annotated[FindUsersQuery, Query()],
    admin: CurrentUser,
    administration: Administration,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """Find users; without a filter all of them, the newest first."""
    page = await administration.page(
        query.filter, query.order, limit=query.limit, cursor=query.cursor
    )
    verified = await administration.verified(page.items)
    items = [listed_user_response(user, verified=verified) for user in page.items]
    content: dict[str, Any] = {"items": items, "next_cursor": page.next_cursor}
    if query.total:
        content["total"] = await administration.count(query.filter)
    return tagged(content, admin.user_id, if_none_match)


@router.get(
    "/stats",
    response_model=UserStatsResponse,
    responses=NOT_MODIFIED,
    dependencies=[ADMIN, _READING],
)
async def read_user_stats(
    admin: CurrentUser, administration: Administration, if_none_match: IfNoneMatchHeader
) -> Response:
    """Counts at most a minute old; today and this week, from Monday, in UTC."""
    return tagged(
        await administration.stats(), admin.user_id, if_none_match, without=("timestamp",)
    )


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=UserResponse,
    responses=raises(409, body=True) | CREATED,
    dependencies=[ADMIN, _WRITING, IDEMPOTENT, NEW_PASSWORD],
)
async def create_user(
    body: CreateUserRequest, request: Request, administration: Administration
) -> Response:
    with arguments_at({"drafts.0": "body", **_CHANGED, "email": "body.email"}):
        [user] = await administration.create([body.to_draft()])
    return created(request, user_response(user), user)


@router.post(
    "/bulk",
    status_code=status.HTTP_201_CREATED,
    response_model=UsersResponse,
    responses=raises(409, body=True),
    dependencies=[ADMIN, _WRITING, IDEMPOTENT, NEW_PASSWORD],
)
async def create_users(
    body: Annotated[CreateUsersRequest, Body()],
    admin: CurrentUser,
    administration: Administration,
    batches: Provided[UserBulks],
) -> Response:
    """Create up to 500 users, all or none; `details` names every fault, as in `body.3.email`.

    A password takes some 20 ms of a core to hash; sign-ins go first.
    """
    drafts = [request.to_draft() for request in body]
    async with batches.turn(admin.user_id):
        with arguments_at({"drafts": "body"}):
            users = await administration.create(drafts)
    return Json(
        {"items": [user_response(user) for user in users]}, status_code=status.HTTP_201_CREATED
    )


@router.get(
    "/{user_id}",
    response_model=UserResponse,
    responses=raises(404) | NOT_MODIFIED,
    dependencies=[SELF_OR_ADMIN, _READING],
)
async def read_user(user_id: UUID, service: Service, if_none_match: IfNoneMatchHeader) -> Response:
    user = await service.get(user_id)
    return versioned(user_response(user), user, if_none_match)


@router.patch(
    "/{user_id}",
    response_model=UserResponse,
    responses=raises(404, 409, 412, body=True) | WITH_ETAG,
    dependencies=[ADMIN, _WRITING],
)
async def change_user(
    user_id: UUID, body: ChangeUserRequest, administration: Administration, if_match: IfMatchHeader
) -> Response:
    """Change the fields that are sent. Another role or status ends the user's sessions."""
    changes = cast(UserChanges, body.model_dump(exclude_unset=True))
    with arguments_at(_CHANGED):
        user = await administration.change(user_id, changes, if_match.versions_of(user_id))
    return versioned(user_response(user), user)


@router.delete(
    "/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 412) | _OWNING,
    dependencies=[ADMIN, NO_KEYS, FRESH_FOR_ONESELF],
)
async def delete_user(
    user_id: UUID, administration: Administration, if_match: IfMatchHeader
) -> Response:
    """Delete the account and everything that belongs to it; one's own needs a fresh session."""
    await administration.delete(user_id, if_match.versions_of(user_id))
    return no_content()
