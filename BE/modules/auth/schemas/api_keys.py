from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from BE.core.http.pagination import PageResponse
from BE.core.http.scope_names import Scope
from BE.core.types import RequestSchema, ResponseSchema, UtcDatetime, line
from BE.modules.auth.models import LONGEST_LIFE, USUAL_LIFE, ApiKey

_EXAMPLE = "bnd_k3Q0Y7vBn2sLx8RZtW5aJcE1uHfM9dPg0ab1Cd"
_MOST_SCOPES = 40


def _within_a_year(moment: datetime) -> datetime:
    if not datetime.now(UTC) < moment <= datetime.now(UTC) + LONGEST_LIFE:
        raise PydanticCustomError(
            "datetime_range", "An API key must expire in the future, within a year"
        )
    return moment


def _usual_expiry() -> datetime:
    return datetime.now(UTC) + USUAL_LIFE


class CreateApiKeyRequest(RequestSchema):
    name: Annotated[str, line(100), Field(examples=["nightly report"])]
    scopes: Annotated[
        list[Scope], Field(min_length=1, max_length=_MOST_SCOPES, examples=[["tasks:read"]])
    ]
    expires_at: Annotated[UtcDatetime, AfterValidator(_within_a_year)] = Field(
        default_factory=_usual_expiry, description="Within a year. Default: in 90 days."
    )


class ApiKeyResponse(ResponseSchema):
    id: UUID
    name: str
    starts_with: str = Field(description="The beginning of the key", examples=[_EXAMPLE[:8]])
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="Rounded down to the hour")


class NewApiKeyResponse(ApiKeyResponse):
    key: str = Field(description="It is shown this once", examples=[_EXAMPLE])


class ApiKeyPageResponse(PageResponse[ApiKeyResponse]):
    pass


def new_api_key_response(key: ApiKey, text: str) -> dict[str, Any]:
    return asdict(key) | {"key": text}
