"""A route in two versions: the first returns a text, the second its language too."""

from datetime import date
from uuid import UUID

from fastapi import Response

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.deprecation import deprecated
from BE.core.http.errors import raises
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.core.types import ResponseSchema
from tests.support.specimen.service import SpecimenService

PATH = "/{specimen_id}/label"
SUCCESSOR = f"/api/v2/specimens{PATH}"

first = module_router("specimens", access=SIGNED_IN, keys=NO_KEYS)
second = module_router("specimens", access=SIGNED_IN, keys=NO_KEYS, version=2)


class LabelResponse(ResponseSchema):
    label: str


class TextResponse(ResponseSchema):
    text: str
    language: str


class LabelInFullResponse(ResponseSchema):
    label: TextResponse


@first.get(
    PATH,
    response_model=LabelResponse,
    responses=raises(401, 403, 404),
    dependencies=[
        deprecated(since=date(2026, 11, 29), sunset=date(2027, 5, 31), successor=SUCCESSOR)
    ],
)
async def read_label(
    specimen_id: UUID, user: CurrentUser, service: Provided[SpecimenService]
) -> Response:
    specimen = await service.get(user.user_id, specimen_id)
    return Json({"label": specimen.title})


@second.get(PATH, response_model=LabelInFullResponse, responses=raises(401, 403, 404))
async def read_label_in_full(
    specimen_id: UUID, user: CurrentUser, service: Provided[SpecimenService]
) -> Response:
    specimen = await service.get(user.user_id, specimen_id)
    return Json({"label": {"text": specimen.title, "language": "en"}})
