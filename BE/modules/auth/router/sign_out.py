from fastapi import Request, Response, status

from BE.core.exceptions import UnauthorizedError
from BE.core.http.access import SIGNED_IN_BEFORE, TokenHolder
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import SETS_COOKIE, no_content
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.modules.auth.security.host_cookie import RefreshCookie
from BE.modules.auth.service import SignOutService

router = module_router("auth", carries_secrets=True)

SignOut = Provided[SignOutService]
Cookie = Provided[RefreshCookie]


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
    """End every session of the account that the access token or the cookie identifies."""
    try:
        await service.sign_out_everywhere(holder, cookie.read(request.headers.getlist("cookie")))
    except UnauthorizedError as refused:
        refused.headers.update(cookie.clear())
        raise
    return no_content(cookie.clear())
