from fastapi import Request, Response

from BE.core.exceptions import BadRequestError
from BE.core.http.access import PUBLIC, SIGN_IN
from BE.core.http.dependencies import Provided
from BE.core.http.errors import ErrorAnswer, raises
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.core.middleware.errors import note_refusal
from BE.modules.auth.exceptions import InvalidCredentials, RefreshRefused, SecondFactorRequired
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.schemas.grants import (
    TOKEN_ERROR,
    BadGrant,
    PasswordGrant,
    TokenResponse,
    grant_body,
    read_grant,
    token_response,
)
from BE.modules.auth.service import RefreshService, SignInService

router = module_router("auth", carries_secrets=True)


@router.post(
    "/token",
    response_model=TokenResponse,
    responses=raises(429, 413, 408) | {400: TOKEN_ERROR},
    openapi_extra=grant_body(),
    dependencies=[PUBLIC, SIGN_IN],
)
async def issue_token(
    request: Request,
    device: UsedDevice,
    service: Provided[SignInService],
    refreshes: Provided[RefreshService],
) -> Response:
    """Tokens for scripts and native clients (RFC 6749): the refresh token is in the body."""
    try:
        grant = read_grant(request.headers.get("content-type", ""), await request.body())
        if isinstance(grant, PasswordGrant):
            sign_in = await service.login(
                email=grant.username, password=grant.password, device=device
            )
        else:
            sign_in = await refreshes.refresh([grant.refresh_token], device)
    except BadGrant as bad:
        return _token_error(bad.error, str(bad), BadRequestError.code)
    except (InvalidCredentials, SecondFactorRequired, RefreshRefused) as refused:
        note_refusal(refused)
        return _token_error("invalid_grant", refused.message, refused.code)
    return Json(token_response(sign_in))


def _token_error(error: str, description: str, code: str) -> Response:
    return ErrorAnswer(400, code, error, more={"error_description": description}).to_response()
