from typing import Any

from fastapi import Request, Response, status

from BE.core.http.access import PUBLIC, SIGN_IN
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.form_checks import NEW_PASSWORD
from BE.core.http.responses import SETS_COOKIE
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.modules.auth.exceptions import (
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshRefused,
    RefreshTokenReused,
    SecondFactorRequired,
)
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.router.signed_in import Cookie, signed_in
from BE.modules.auth.schemas.second_factors import SecondFactorErrorResponse
from BE.modules.auth.schemas.sign_in import LoginRequest, RegisterRequest, SignInResponse
from BE.modules.auth.security.host_cookie import DeviceCookie
from BE.modules.auth.service import RefreshService, SignInService

router = module_router("auth", carries_secrets=True)

Service = Provided[SignInService]
Refreshes = Provided[RefreshService]

_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {
        "model": SecondFactorErrorResponse,
        "x-codes": [InvalidCredentials.code, SecondFactorRequired.code],
    }
}


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    response_model=SignInResponse,
    responses=raises(409, 429, body=True) | {201: SETS_COOKIE},
    dependencies=[PUBLIC, FROM_OUR_SITE, NEW_PASSWORD],
)
async def register(
    body: RegisterRequest,
    device: UsedDevice,
    service: Service,
    cookie: Cookie,
    device_cookie: Provided[DeviceCookie],
) -> Response:
    places = {name: f"body.{name}" for name in ("email", "password", "username")}
    with arguments_at(places):
        sign_in = await service.register(
            email=body.email,
            password=body.password,
            full_name=body.full_name,
            username=body.username,
            device=device,
        )
    names = (body.username, body.full_name)
    return signed_in(sign_in, names, cookie, device_cookie, status.HTTP_201_CREATED)


@router.post(
    "/login",
    response_model=SignInResponse,
    responses=raises(429, body=True) | _REFUSED | {200: SETS_COOKIE},
    dependencies=[PUBLIC, FROM_OUR_SITE, SIGN_IN],
)
async def login(
    body: LoginRequest,
    device: UsedDevice,
    service: Service,
    cookie: Cookie,
    device_cookie: Provided[DeviceCookie],
) -> Response:
    sign_in = await service.login(email=body.email, password=body.password, device=device)
    names = await service.names_of(sign_in.account)
    return signed_in(sign_in, names, cookie, device_cookie)


@router.post(
    "/refresh",
    response_model=SignInResponse,
    responses=raises(InvalidRefreshToken, RefreshTokenReused, 429) | {200: SETS_COOKIE},
    dependencies=[PUBLIC, FROM_OUR_SITE],
)
async def refresh(
    request: Request,
    device: UsedDevice,
    service: Service,
    refreshes: Refreshes,
    cookie: Cookie,
    device_cookie: Provided[DeviceCookie],
) -> Response:
    """Exchange the refresh cookie for a new access token and the next refresh cookie."""
    tokens = cookie.read(request.headers.getlist("cookie"))
    try:
        if not tokens:
            raise InvalidRefreshToken
        sign_in = await refreshes.refresh(tokens, device)
    except RefreshRefused as refused:
        refused.headers.update(cookie.clear())
        raise
    names = await service.names_of(sign_in.account)
    return signed_in(sign_in, names, cookie, device_cookie)
