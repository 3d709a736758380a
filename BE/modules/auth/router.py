from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from BE.core.context import current_request
from BE.core.exceptions import BadRequestError, UnauthorizedError
from BE.core.http.access import (
    PUBLIC,
    SIGN_IN,
    SIGNED_IN,
    SIGNED_IN_BEFORE,
    CurrentUser,
    TokenHolder,
)
from BE.core.http.arguments import arguments_at
from BE.core.http.callers import identify
from BE.core.http.dependencies import Provided
from BE.core.http.errors import ErrorAnswer, raises
from BE.core.http.form_checks import CHANGED_PASSWORD, NEW_PASSWORD
from BE.core.http.pagination import PageQuery
from BE.core.http.responses import SETS_COOKIE, AcceptedResponse, Json, accepted, no_content
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.core.middleware.errors import note_refusal
from BE.core.security.principals import Principal
from BE.core.text import without_unprintable
from BE.modules.auth.exceptions import (
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshRefused,
    RefreshTokenReused,
)
from BE.modules.auth.models import Device, SignIn
from BE.modules.auth.schemas import (
    TOKEN_ERROR,
    BadGrant,
    ChangePasswordRequest,
    ForgotPasswordRequest,
    LoginRequest,
    MeResponse,
    PasswordGrant,
    RegisterRequest,
    ResetPasswordRequest,
    SessionPageResponse,
    SignInResponse,
    TokenResponse,
    VerifyEmailRequest,
    account_response,
    grant_body,
    read_grant,
    session_response,
    sign_in_response,
    token_response,
)
from BE.modules.auth.security.host_cookie import DeviceCookie, HostCookie, RefreshCookie
from BE.modules.auth.service import (
    AccountService,
    EmailVerificationService,
    PasswordService,
    RefreshService,
    SessionService,
    SignInService,
    SignOutService,
)

_USER_AGENT_LENGTH = 500

router = module_router("auth", carries_secrets=True)

Service = Provided[SignInService]
Refreshes = Provided[RefreshService]
Sessions = Provided[SessionService]
SignOut = Provided[SignOutService]
PasswordUse = Provided[PasswordService]
Verification = Provided[EmailVerificationService]
Cookie = Provided[RefreshCookie]


async def _device(request: Request, cookie: Provided[DeviceCookie]) -> Device:
    context = current_request()
    user_agent = without_unprintable(request.headers.get("user-agent", "")[:_USER_AGENT_LENGTH])
    return Device(
        user_agent=user_agent or None,
        ip=context.client_ip if context else None,
        tokens=tuple(cookie.read(request.headers.getlist("cookie"))),
    )


UsedDevice = Annotated[Device, Depends(_device)]
"""The device that sent the request."""


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
    return _signed_in(sign_in, names, cookie, device_cookie, status.HTTP_201_CREATED)


@router.post(
    "/login",
    response_model=SignInResponse,
    responses=raises(InvalidCredentials, 429, body=True) | {200: SETS_COOKIE},
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
    return _signed_in(sign_in, names, cookie, device_cookie)


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
    return _signed_in(sign_in, names, cookie, device_cookie)


@router.post(
    "/logout",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={204: SETS_COOKIE},
    dependencies=[SIGNED_IN_BEFORE, FROM_OUR_SITE],
)
async def logout(
    request: Request, holder: TokenHolder, service: SignOut, cookie: Cookie
) -> Response:
    """End the session of the access token, even if it has expired, and that of the cookie."""
    await service.sign_out(holder, cookie.read(request.headers.getlist("cookie")))
    return no_content(cookie.clear())


@router.post(
    "/logout-all",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401) | {204: SETS_COOKIE},
    dependencies=[SIGNED_IN_BEFORE, FROM_OUR_SITE],
)
async def logout_everywhere(
    request: Request, holder: TokenHolder, service: SignOut, cookie: Cookie
) -> Response:
    """End every session of the account that the access token or the cookie names."""
    try:
        await service.sign_out_everywhere(holder, cookie.read(request.headers.getlist("cookie")))
    except UnauthorizedError as refused:
        refused.headers.update(cookie.clear())
        raise
    return no_content(cookie.clear())


@router.post(
    "/password/change",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(InvalidCredentials, 429, body=True),
    dependencies=[SIGNED_IN, CHANGED_PASSWORD],
)
async def change_password(
    body: ChangePasswordRequest, user: CurrentUser, passwords: PasswordUse
) -> Response:
    """End every other session of the account, and a link that was mailed to reset the password."""
    with arguments_at({"current": "body.current_password", "new": "body.new_password"}):
        await passwords.change(user, current=body.current_password, new=body.new_password)
    return no_content()


@router.post(
    "/password/forgot",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(429, body=True),
    dependencies=[PUBLIC],
)
async def forget_password(
    body: ForgotPasswordRequest, device: UsedDevice, passwords: PasswordUse
) -> Response:
    """Mail a link to reset the password, if an account has this email; the answer is the same."""
    await passwords.request_reset(body.email, device)
    return accepted("If this email has an account, a link to reset the password is on its way")


@router.post(
    "/password/reset",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, 403, body=True),
    dependencies=[PUBLIC, CHANGED_PASSWORD],
)
async def reset_password(
    body: ResetPasswordRequest, device: UsedDevice, passwords: PasswordUse
) -> Response:
    """End every session of the account."""
    with arguments_at({"new": "body.new_password"}):
        await passwords.reset(body.token, body.new_password, device)
    return no_content()


@router.post(
    "/email/verify",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, 403, body=True),
    dependencies=[PUBLIC],
)
async def verify_email(
    body: VerifyEmailRequest, device: UsedDevice, request: Request, verification: Verification
) -> Response:
    """Verify the email. A client that is signed in may send its access token."""
    caller = await identify(request.scope)
    caller_id = caller.user_id if isinstance(caller, Principal) else None
    await verification.verify(body.token, device, caller_id)
    return no_content()


@router.post(
    "/email/resend",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(429),
    dependencies=[SIGNED_IN],
)
async def resend_verification(user: CurrentUser, verification: Verification) -> Response:
    """Mail a new link to verify the email; the earlier one ends."""
    await verification.request(user.user_id)
    return accepted("A link to verify the email is on its way")


@router.get("/sessions", response_model=SessionPageResponse, dependencies=[SIGNED_IN])
async def list_sessions(
    query: Annotated[PageQuery, Query()], user: CurrentUser, sessions: Sessions
) -> Response:
    """The open sessions of the account, newest first."""
    page = await sessions.list(user.user_id, limit=query.limit, cursor=query.cursor)
    return Json(page.rendered(partial(session_response, current=user.session_id)))


@router.delete("/sessions", status_code=status.HTTP_204_NO_CONTENT, dependencies=[SIGNED_IN])
async def end_other_sessions(user: CurrentUser, sessions: Sessions) -> Response:
    """End every session of the account but the one of the access token."""
    await sessions.end_others(user)
    return no_content()


@router.delete(
    "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404),
    dependencies=[SIGNED_IN],
)
async def end_session(session_id: UUID, user: CurrentUser, sessions: Sessions) -> Response:
    await sessions.end_one(user.user_id, session_id)
    return no_content()


@router.post(
    "/token",
    response_model=TokenResponse,
    responses=raises(429, 413, 408) | {400: TOKEN_ERROR},
    openapi_extra=grant_body(),
    dependencies=[PUBLIC, SIGN_IN],
)
async def issue_token(
    request: Request, device: UsedDevice, service: Service, refreshes: Refreshes
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
    except (InvalidCredentials, RefreshRefused) as refused:
        note_refusal(refused)
        return _token_error("invalid_grant", refused.message, refused.code)
    return Json(token_response(sign_in))


@router.get("/me", response_model=MeResponse, dependencies=[SIGNED_IN])
async def me(user: CurrentUser, accounts: Provided[AccountService]) -> Response:
    account = await accounts.get(user.user_id)
    return Json({**account_response(account), "session_id": user.session_id})


def _token_error(error: str, description: str, code: str) -> Response:
    return ErrorAnswer(400, code, error).to_response(error_description=description)


def _signed_in(
    sign_in: SignIn,
    names: tuple[str | None, str],
    cookie: HostCookie,
    device_cookie: HostCookie,
    status_code: int = 200,
) -> Response:
    headers = cookie.set(sign_in.refresh_token)
    answer = Json(sign_in_response(sign_in, names), status_code=status_code, headers=headers)
    if sign_in.device_token is not None:
        for name, value in device_cookie.set(sign_in.device_token).items():
            answer.headers.append(name, value)
    return answer
