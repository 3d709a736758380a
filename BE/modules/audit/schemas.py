from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import Field

from BE.core.http.pagination import PageQuery, PageResponse
from BE.core.types import ResponseSchema, UtcDatetime, text
from BE.modules.audit.models import Entry, TrailState

Name = Annotated[str, text(255, min_length=1)]


class AuditQuery(PageQuery):
    actor_id: UUID | None = None
    subject_id: Name | None = None
    event_name: Name | None = None
    request_id: Name | None = None
    since: UtcDatetime | None = None
    until: UtcDatetime | None = None


class EntryResponse(ResponseSchema):
    sequence: int
    event_id: UUID
    event_name: str
    event_version: int
    occurred_at: datetime
    actor_id: UUID | None
    subject_id: str | None
    request_id: str | None
    client_ip: str | None
    api_key_id: UUID | None = Field(description="The key by which the actor did it, if any")
    data: dict[str, Any]
    hash: str


class EntryPageResponse(PageResponse[EntryResponse]):
    pass


class TrailStateResponse(ResponseSchema):
    entries: int = Field(description="How many were recorded, with those in archives")
    head: str = Field(description="To be kept elsewhere, for `audit verify --expect`")
    sealed: int = Field(description="How many of the entries are in archives")
    verified: int = Field(description="How many of the newest were verified just now, 500 at most")
    is_whole: bool
    fault: str | None


def entry_response(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "sequence": entry.head.sequence,
        "event_id": record.event_id,
        "event_name": record.event_name,
        "event_version": record.event_version,
        "occurred_at": record.occurred_at,
        "actor_id": record.actor_id,
        "subject_id": record.subject_id,
        "request_id": record.request_id,
        "client_ip": record.client_ip,
        "api_key_id": record.api_key_id,
        "data": orjson.Fragment(record.data),
        "hash": entry.head.hash.hex(),
    }


def trail_state_response(state: TrailState) -> dict[str, Any]:
    return {
        "entries": state.head.sequence,
        "head": str(state.head),
        "sealed": state.sealed,
        "verified": state.verified,
        "is_whole": state.fault is None,
        "fault": state.fault,
    }
