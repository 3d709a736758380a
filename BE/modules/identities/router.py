from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response, status

from BE.core.context import current_request
from BE.core.http.access import FRESH, NO_KEYS, PUBLIC, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.known_query import ANY_QUERY
from BE.core.http.paths import prefix_of
from BE.core.http.responses import SETS_COOKIE, Json, no_content
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.core.security.sessions import SecondStep
from BE.modules.identities.exceptions import ArrivalFailed, ProviderUnavailable
from BE.modules.identities.models import Visitor
from BE.modules.identities.schemas import (
    DepartureRequest,
    DepartureResponse,
    ProviderListResponse,
    StartQuery,
    WayListResponse,
    provider_response,
    way_response,
)
from BE.modules.identities.security.arrivals import Arrival
from BE.modules.identities.security.cookies import FlowCookie, SignInCookies
from BE.modules.identities.service import ProviderSignInService, WayService

router = module_router("auth", carries_secrets=True)

SignIns = Provided[ProviderSignInService]
Ways = Provided[WayService]
Cookie = Provided[FlowCookie]

_SIGN_IN_PAGE = "/sign-in"
_SECURITY_PAGE = "/settings/security"
_SEE_OTHER: dict[int | str, dict[str, Any]] = {303: {"x-headers": ["Location", "Set-Cookie"]}}


@router.get("/providers", response_model=ProviderListResponse, dependencies=[PUBLIC])
async def list_providers(sign_ins: SignIns) -> Response:
    """The providers with which people can sign in here."""
    return Json({"items": [provider_response(provider) for provider in sign_ins.providers()]})


@router.get(
    "/providers/{name}/start",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=Response,  # its errors are JSON
    responses=raises(404) | _SEE_OTHER,
    dependencies=[PUBLIC, FROM_OUR_SITE],
)
async def start_provider_sign_in(
    name: str,
    query: Annotated[StartQuery, Query()],
    request: Request,
    sign_ins: SignIns,
    cookie: Cookie,
    cookies: Provided[SignInCookies],
) -> Response:
    """Lead the browser to the provider."""
    device_tokens = cookies.device.read(request.headers.getlist("cookie"))
    try:
        departure = await sign_ins.start(name, query.return_to, device_tokens)
    except ProviderUnavailable:
        return _see_other(request, _with_error(_SIGN_IN_PAGE, "unavailable", query.return_to))
    return Response(
        status_code=status.HTTP_303_SEE_OTHER,
        headers={"Location": departure.address, **cookie.set(departure.sealed_flow)},
    )


@router.get(
    "/providers/{name}/callback",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=Response,  # its errors are JSON
    responses=raises(404) | _SEE_OTHER,
    dependencies=[PUBLIC, ANY_QUERY],
)
async def finish_provider_sign_in(
    name: str,
    request: Request,
    sign_ins: SignIns,
    cookie: Cookie,
    cookies: Provided[SignInCookies],
) -> Response:
    """Receive the browser from the provider: sign in, link the identity, or step up."""
    arrival = Arrival.read(request.query_params.multi_items())
    sealed_flows = cookie.read(request.headers.getlist("cookie"))
    try:
        flow = sign_ins.flow_of(name, arrival, sealed_flows)
    except ArrivalFailed as failure:
        return _see_other(request, _with_error(_SIGN_IN_PAGE, failure.code))
    try:
        opened = await sign_ins.arrive(flow, arrival, _visitor(request))
    except ArrivalFailed as failure:
        if flow.errand is None:
            page = _with_error(_SIGN_IN_PAGE, failure.code, flow.return_to)
        else:
            is_link = flow.errand.kind == "link"
            page = _with_error(flow.return_to if is_link else _SECURITY_PAGE, failure.code)
        return _see_other(request, page, cookie.clear())
    if opened is None:
        return _see_other(request, flow.return_to, cookie.clear())
    if isinstance(opened, SecondStep):
        page = _with_error(_SIGN_IN_PAGE, "second_factor_required", flow.return_to)
        return _see_other(request, page, cookie.clear(), cookies.second_step.set(opened.challenge))
    kept = [cookie.clear(), cookies.refresh.set(opened.refresh_token)]
    if opened.device_token is not None:
        kept.append(cookies.device.set(opened.device_token))
    return _see_other(request, flow.return_to, *kept)


@router.post(
    "/providers/{name}/link",
    response_model=DepartureResponse,
    responses=raises(404, body=True) | {200: SETS_COOKIE},
    dependencies=[SIGNED_IN, NO_KEYS, FRESH, FROM_OUR_SITE],
)
async def start_provider_link(
    name: str, body: DepartureRequest, user: CurrentUser, sign_ins: SignIns, cookie: Cookie
) -> Response:
    """Begin to link a provider to the caller's account; the browser then visits ``url``."""
    departure = await sign_ins.start_errand(name, body.return_to, user, "link")
    return Json({"url": departure.address}, headers=cookie.set(departure.sealed_flow))


@router.post(
    "/providers/{name}/step-up",
    response_model=DepartureResponse,
    responses=raises(404, body=True) | {200: SETS_COOKIE},
    dependencies=[SIGNED_IN, NO_KEYS, FROM_OUR_SITE],
)
async def start_provider_step_up(
    name: str, body: DepartureRequest, user: CurrentUser, sign_ins: SignIns, cookie: Cookie
) -> Response:
    """Begin to prove one's identity by a linked provider; the browser then visits ``url``."""
    departure = await sign_ins.start_errand(name, body.return_to, user, "step_up")
    return Json({"url": departure.address}, headers=cookie.set(departure.sealed_flow))


@router.get("/identities", response_model=WayListResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def list_identities(user: CurrentUser, ways: Ways) -> Response:
    """The caller's ways to sign in: a password, passkeys, other providers."""
    return Json({"items": [way_response(way) for way in await ways.list(user.user_id)]})


@router.delete(
    "/identities/{identity_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 409),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def remove_identity(identity_id: UUID, user: CurrentUser, ways: Ways) -> Response:
    """Remove one of them, but never the last."""
    await ways.remove(user, identity_id)
    return no_content()


@router.delete(
    "/passkeys/{passkey_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 409),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def remove_passkey(passkey_id: UUID, user: CurrentUser, ways: Ways) -> Response:
    """The last way to sign in to the account stays, whichever it is."""
    await ways.remove(user, passkey_id, kind="passkey")
    return no_content()


def _visitor(request: Request) -> Visitor:
    context = current_request()
    return Visitor(request.headers.get("user-agent", ""), context.client_ip if context else None)


def _with_error(path: str, code: str, then: str | None = None) -> str:
    """``path`` with parameters for its page; ``then`` is the target of the next attempt."""
    said = {"error": code} | ({"then": then} if then not in {None, "/"} else {})
    page, hash_sign, fragment = path.partition("#")
    joint = "&" if "?" in page else "?"
    return f"{page}{joint}{urlencode(said)}{hash_sign}{fragment}"


def _see_other(request: Request, path: str, *cookies: dict[str, str]) -> Response:
    """303 to a page of ours, below the prefix that a proxy adds."""
    answer = Response(
        status_code=status.HTTP_303_SEE_OTHER,
        headers={"Location": prefix_of(request.scope) + path},
    )
    for cookie in cookies:
        for name, value in cookie.items():
            answer.headers.append(name, value)
    return answer
