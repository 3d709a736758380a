import re
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import unquote
from uuid import UUID

from pydantic import AfterValidator, Field, HttpUrl

from BE.core.http.paths import is_page
from BE.core.types import RequestSchema, ResponseSchema
from BE.modules.identities.models import Way, WayKind
from BE.modules.identities.security.provider_settings import ProviderSettings

_PATH = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*", re.ASCII)  # no backslash, no space


def _own_path(text: str) -> str:
    """A path of our front end, however a browser or a proxy interprets it."""
    path = re.split(r"[?#]", text, maxsplit=1)[0]
    read = [path, unquote(path), unquote(unquote(path))]
    if _PATH.fullmatch(text) is None or any(_leaves(one) for one in read) or not is_page(path):
        raise ValueError("must be a path of this application, such as /settings")
    return text


def _leaves(path: str) -> bool:
    return "//" in path or "\\" in path or ".." in path.split("/") or not path.isprintable()


ReturnPath = Annotated[
    str, AfterValidator(_own_path), Field(max_length=1024, examples=["/settings/security"])
]


class StartQuery(RequestSchema):
    return_to: ReturnPath = "/"


class DepartureRequest(RequestSchema):
    return_to: ReturnPath = "/settings/security"


class DepartureResponse(ResponseSchema):
    url: HttpUrl
    """The URL that the browser visits next."""


class ProviderResponse(ResponseSchema):
    name: str
    title: str
    """The label of its button."""


class ProviderListResponse(ResponseSchema):
    items: list[ProviderResponse]


class WayResponse(ResponseSchema):
    id: UUID
    kind: WayKind
    name: str | None
    email: str | None
    created_at: datetime | None
    last_used_at: datetime | None
    provider: str | None
    """The name of the provider with which the owner can sign in and step up."""


class WayListResponse(ResponseSchema):
    items: list[WayResponse]


def provider_response(provider: ProviderSettings) -> dict[str, Any]:
    return {"name": provider.name, "title": provider.title}


def way_response(way: Way) -> dict[str, Any]:
    return {
        "id": way.id,
        "kind": way.kind,
        "name": way.name,
        "email": way.email,
        "created_at": way.created_at,
        "last_used_at": way.last_used_at,
        "provider": way.provider,
    }
