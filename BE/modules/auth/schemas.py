from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import BaseModel, Discriminator, Field, TypeAdapter, ValidationError

from BE.core.emails import Email, KnownEmail
from BE.core.http.errors import ErrorResponse
from BE.core.http.pagination import PageResponse
from BE.core.security.principals import Role
from BE.core.text import without_unprintable
from BE.core.types import Password, RequestSchema, ResponseSchema, text
from BE.modules.auth.events import FullName, Username
from BE.modules.auth.models import Account, OpenSession, SignIn

MailedTokenText = Annotated[str, text(256)]


class RegisterRequest(RequestSchema):
    email: Email
    password: Password
    full_name: FullName
    username: Username | None = None


class LoginRequest(RequestSchema):
    email: KnownEmail
    password: Password


class ChangePasswordRequest(RequestSchema):
    current_password: Password
    new_password: Annotated[Password, Field(examples=["a staple of nine horses"])]


class ForgotPasswordRequest(RequestSchema):
    email: KnownEmail


class ResetPasswordRequest(RequestSchema):
    token: MailedTokenText
    new_password: Password


class VerifyEmailRequest(RequestSchema):
    token: MailedTokenText


class PasswordGrant(BaseModel):
    """RFC 6749 §4.3.2. Parameters that are not known are ignored (§3.2)."""

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
    """The request is not a grant that this server knows."""

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
    """RFC 6749 §5.2, with the fields of every other error beside."""

    error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"]
    error_description: Annotated[str, Field(examples=["The body is no form"])]


TOKEN_ERROR = {
    "model": TokenErrorResponse,
    "x-codes": ["INVALID_CREDENTIALS", "INVALID_REFRESH_TOKEN", "REFRESH_TOKEN_REUSED"],
}


class AccountResponse(ResponseSchema):
    id: UUID
    email: str
    email_verified: bool
    role: Role
    created_at: datetime


class SignedInUserResponse(AccountResponse):
    """The account with its profile, so that a front end can show who is signed in."""

    username: str | None
    full_name: str


class SignInResponse(ResponseSchema):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    user: SignedInUserResponse


class MeResponse(AccountResponse):
    session_id: UUID


class SessionResponse(ResponseSchema):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    ip: str | None
    current: bool


class SessionPageResponse(PageResponse[SessionResponse]):
    pass


def token_response(sign_in: SignIn) -> dict[str, Any]:
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "refresh_token": sign_in.refresh_token,
    }


def session_response(session: OpenSession, *, current: UUID) -> dict[str, Any]:
    fields = asdict(session) | {"current": session.id == current}
    if session.user_agent is not None:  # earlier versions stored it as it was sent
        fields["user_agent"] = without_unprintable(session.user_agent)
    return fields


def account_response(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "email_verified": account.email_verified_at is not None,
        "role": account.role,
        "created_at": account.created_at,
    }


def sign_in_response(sign_in: SignIn, names: tuple[str | None, str]) -> dict[str, Any]:
    """``names`` are the username, if any, and the full name."""
    username, full_name = names
    return {
        "access_token": sign_in.access_token,
        "token_type": "bearer",
        "expires_in": sign_in.expires_in,
        "user": account_response(sign_in.account) | {"username": username, "full_name": full_name},
    }
