from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from BE.core.http.access import NO_KEYS, SELF_OR_ADMIN, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    CREATED,
    NOT_MODIFIED,
    WITH_ETAG,
    Json,
    created,
    no_content,
    versioned,
)
from BE.core.http.routes import mirrored, module_router
from BE.core.http.streaming import Stream, Streams
from tests.support.specimen.models import SpecimenChanges, SpecimenDraft
from tests.support.specimen.schemas import (
    ChangeRequest,
    CollectQuery,
    CollectRequest,
    SpecimenPageResponse,
    SpecimenResponse,
    export_json,
)
from tests.support.specimen.service import SpecimenService

router = module_router("specimens", access=SIGNED_IN, keys=NO_KEYS)


async def _name_owner(user_id: UUID, request: Request) -> None:
    request.state.owner_id = user_id


async def _owner(request: Request, user: CurrentUser, service: Provided[SpecimenService]) -> UUID:
    """The owner of the specimens: the user in the path, else the caller."""
    owner_id: UUID = getattr(request.state, "owner_id", user.user_id)
    if owner_id != user.user_id:
        await service.require_collector(owner_id)
    return owner_id


Owner = Annotated[UUID, Depends(_owner)]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=SpecimenResponse,
    responses=raises(401, 403, 404, 409, body=True) | CREATED,
    dependencies=[IDEMPOTENT],
)
async def collect_specimen(
    body: CollectRequest,
    query: Annotated[CollectQuery, Query()],
    request: Request,
    owner: Owner,
    service: Provided[SpecimenService],
) -> Response:
    draft = cast(SpecimenDraft, body.model_dump())
    specimen = await service.collect(owner, draft, collection=query.collection)
    return created(request, specimen, specimen)


@router.get("", response_model=SpecimenPageResponse, responses=raises(401, 403, 404))
async def list_specimens(
    query: Annotated[PageQuery, Query()], owner: Owner, service: Provided[SpecimenService]
) -> Response:
    return Json(await service.page(owner, limit=query.limit, cursor=query.cursor))


@router.get("/export", responses=raises(401, 403, 404))
async def export_specimens(
    owner: Owner,
    user: CurrentUser,
    service: Provided[SpecimenService],
    streams: Provided[Streams],
) -> Response:
    pieces = export_json(service.export(owner))
    return await Stream.begun(
        streams.chunks(user.user_id, pieces), media_type="application/json", headers={}
    )


@router.get(
    "/{specimen_id}",
    response_model=SpecimenResponse,
    responses=raises(401, 403, 404) | NOT_MODIFIED,
)
async def read_specimen(
    specimen_id: UUID,
    owner: Owner,
    service: Provided[SpecimenService],
    if_none_match: IfNoneMatchHeader,
) -> Response:
    specimen = await service.get(owner, specimen_id)
    return versioned(specimen, specimen, if_none_match)


@router.patch(
    "/{specimen_id}",
    response_model=SpecimenResponse,
    responses=raises(401, 403, 404, 412, body=True) | WITH_ETAG,
)
async def change_specimen(
    specimen_id: UUID,
    body: ChangeRequest,
    owner: Owner,
    service: Provided[SpecimenService],
    if_match: IfMatchHeader,
) -> Response:
    changes = cast(SpecimenChanges, body.model_dump(exclude_unset=True))
    specimen = await service.change(owner, specimen_id, changes, if_match.versions_of(specimen_id))
    return versioned(specimen, specimen)


@router.delete(
    "/{specimen_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, 403, 404, 412),
)
async def remove_specimen(
    specimen_id: UUID, owner: Owner, service: Provided[SpecimenService], if_match: IfMatchHeader
) -> Response:
    await service.remove(owner, specimen_id, if_match.versions_of(specimen_id))
    return no_content()


by_user = mirrored(
    router,
    "users/{user_id}/specimens",
    suffix="_of_user",
    access=SELF_OR_ADMIN,
    dependency=Depends(_name_owner),
)
