from typing import Annotated, Final

from fastapi import Path, Query, Response, status

from BE.core.http.access import ADMIN, NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    NOT_MODIFIED,
    WITH_ETAG,
    Json,
    no_content,
    tagged,
    versioned,
)
from BE.core.http.routes import module_router
from BE.modules.flags.models import id_of
from BE.modules.flags.schemas import (
    ChangeFlagRequest,
    FlagListResponse,
    FlagResponse,
    FlagsQuery,
    FlagsResponse,
    flag_response,
)
from BE.modules.flags.service import FlagService

router = module_router("flags")

Service = Provided[FlagService]
FlagName = Annotated[str, Path(max_length=63)]

_BODY: Final = {"rules": "body.rules", "otherwise": "body.otherwise"}


@router.get(
    "",
    response_model=FlagsResponse,
    responses=NOT_MODIFIED,
    dependencies=[SIGNED_IN, NO_KEYS],
)
async def read_flags(
    query: Annotated[FlagsQuery, Query()],
    user: CurrentUser,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    """The value of each flag for the caller."""
    flags = await service.evaluate(user.user_id, since=query.since)
    content = {"revision": flags.revision, "values": flags.values}
    return tagged(content, user.user_id, if_none_match)


@router.get("/settings", response_model=FlagListResponse, dependencies=[ADMIN, NO_KEYS])
async def list_flags(service: Service) -> Response:
    """The flags that code declares, with the rules that are set; then those it declares no more."""
    return Json({"items": [flag_response(flag) for flag in await service.all()]})


@router.get(
    "/settings/{name}",
    response_model=FlagResponse,
    responses=raises(404) | NOT_MODIFIED,
    dependencies=[ADMIN, NO_KEYS],
)
async def read_flag(name: FlagName, service: Service, if_none_match: IfNoneMatchHeader) -> Response:
    flag = await service.get(name)
    return versioned(flag_response(flag), flag, if_none_match)


@router.put(
    "/settings/{name}",
    response_model=FlagResponse,
    responses=raises(404, 412, body=True) | WITH_ETAG,
    dependencies=[ADMIN, NO_KEYS],
)
async def change_flag(
    name: FlagName,
    body: ChangeFlagRequest,
    admin: CurrentUser,
    service: Service,
    if_match: IfMatchHeader,
) -> Response:
    """Set the rules of a flag: the first that fits the caller gives the value."""
    with arguments_at(_BODY):
        flag = await service.change(
            admin.user_id, name, body.to_setting(), if_match.versions_of(id_of(name))
        )
    return versioned(flag_response(flag), flag)


@router.delete(
    "/settings/{name}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 412),
    dependencies=[ADMIN, NO_KEYS],
)
async def reset_flag(name: FlagName, service: Service, if_match: IfMatchHeader) -> Response:
    """Give the flag its default again, or forget one that no code declares."""
    await service.reset(name, if_match.versions_of(id_of(name)))
    return no_content()
