from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from BE.core.http.pagination import PageResponse
from BE.core.types import RequestSchema, ResponseSchema, line, text

Title = Annotated[str, line(200), Field(examples=["The first one"])]
Description = Annotated[str, text(10_000)]


class AddSampleNoteRequest(RequestSchema):
    title: Title
    description: Description | None = None


class ChangeSampleNoteRequest(RequestSchema):
    """Every field may be absent (a default is never used); the description may be null."""

    title: Title = Field(default_factory=str)
    description: Description | None = None


class SampleNoteResponse(ResponseSchema):
    id: UUID
    owner_id: UUID
    title: str
    description: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class SampleNotePageResponse(PageResponse[SampleNoteResponse]):
    pass
