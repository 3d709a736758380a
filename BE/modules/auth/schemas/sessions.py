from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from BE.core.http.pagination import PageResponse
from BE.core.text import without_unprintable
from BE.core.types import ResponseSchema
from BE.modules.auth.models import OpenSession


class SessionResponse(ResponseSchema):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    ip: str | None
    current: bool


class SessionPageResponse(PageResponse[SessionResponse]):
    pass


def session_response(session: OpenSession, *, current: UUID) -> dict[str, Any]:
    fields = asdict(session) | {"current": session.id == current}
    if session.user_agent is not None:  # earlier versions stored it as it was sent
        fields["user_agent"] = without_unprintable(session.user_agent)
    return fields
