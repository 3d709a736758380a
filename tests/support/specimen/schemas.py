from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from BE.core.http.pagination import PageResponse
from BE.core.http.responses import to_json
from BE.core.types import RequestSchema, ResponseSchema, UtcDatetime, line, text
from tests.support.specimen.models import Kind, Specimen

Title = Annotated[str, line(200)]
Description = Annotated[str, text(10_000)]
Tag = Annotated[str, line(50)]


class CollectQuery(RequestSchema):
    collection: Annotated[str, text(50)] = "main"


class CollectRequest(RequestSchema):
    title: Title
    description: Description | None = None
    kind: Kind = "plant"
    found_at: UtcDatetime | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] = Field(default_factory=list)


class ChangeRequest(RequestSchema):
    """Every field may be absent (a default is never used); the description may be null."""

    title: Title = Field(default_factory=str)
    description: Description | None = None


class SpecimenResponse(ResponseSchema):
    id: UUID
    owner_id: UUID
    collection: str
    title: str
    description: str | None
    kind: Kind
    found_at: datetime | None
    tags: list[str]
    version: int


class SpecimenPageResponse(PageResponse[SpecimenResponse]):
    pass


async def export_json(specimens: AsyncIterator[Specimen]) -> AsyncIterator[bytes]:
    """``{"items": [...]}``, as a page without its cursor."""
    yield b'{"items":['
    comma = b""
    async for specimen in specimens:
        yield comma + to_json(specimen)
        comma = b","
    yield b"]}"
