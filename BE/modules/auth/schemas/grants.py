from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, Discriminator, Field, TypeAdapter, ValidationError

from BE.core.emails import KnownEmail
from BE.core.http.errors import ErrorResponse
from BE.core.types import Password, ResponseSchema
from BE.modules.auth.models import SignIn


class PasswordGrant(BaseModel):
    """RFC 6749 §4.3.2. Unknown parameters are ignored (§3.2)."""

    grant_type: Literal["password"]
    username: KnownEmail
    password: Password


class RefreshTokenGrant(BaseModel):
    """RFC 6749 §6."""

    grant_type: Literal["refresh_token"]
    refresh_token: str


type Grant = Annotated[PasswordGrant | RefreshTokenGrant, Discriminator("grant_type")]


_GRANT = TypeAdapter[PasswordGrant | RefreshTokenGrant](Grant)


_FORM = "application/x-www-form-urlencoded"


class BadGrant(Exception):
    """The request is not a grant that this server supports."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


def read_grant(content_type: str, body: bytes) -> PasswordGrant | RefreshTokenGrant:
    """Read a token request. Raises :class:`BadGrant` with an error of RFC 6749 §5.2."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise BadGrant("invalid_request", f"The body must be sent as {_FORM}")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise BadGrant("invalid_request", "The body is no form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise BadGrant("invalid_request", "A parameter is repeated")
    try:
        return _GRANT.validate_python(form)
    except ValidationError as error:
        fault = error.errors()[0]
        if fault["type"] == "union_tag_invalid":
            known = "password and refresh_token are"
            raise BadGrant("unsupported_grant_type", f"Only {known} granted") from None
        if fault["loc"][-1:] == ("username",) and fault["type"] != "missing":
            raise BadGrant("invalid_grant", "Incorrect email or password") from None
        raise BadGrant("invalid_request", "A parameter is missing or not valid") from None


def grant_body() -> dict[str, Any]:
    """The body for OpenAPI; FastAPI does not read it."""
    schema = {"oneOf": [grant.model_json_schema() for grant in (PasswordGrant, RefreshTokenGrant)]}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": schema}}}}


class TokenResponse(ResponseSchema):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    refresh_token: str


class TokenErrorResponse(ErrorResponse):
    """RFC 6749 §5.2, with the fields of every other error as well."""

    error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"]
    error_description: Annotated[str, Field(examples=["The body is no form"])]


TOKEN_ERROR = {
    "model": TokenErrorResponse,
    "x-codes": [
        "INVALID_CREDENTIALS",
        "INVALID_REFRESH_TOKEN",
        "REFRESH_TOKEN_REUSED",
        "SECOND_FACTOR_REQUIRED",
    ],
}


def token_response(sign_in: SignIn) -> dict[str, Any]:
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "refresh_token": sign_in.refresh_token,
    }
