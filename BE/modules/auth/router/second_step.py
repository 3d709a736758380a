from fastapi import Request, Response

from BE.core.http.access import PUBLIC, SIGN_IN
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import SETS_COOKIE, Json
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.modules.auth.exceptions import InvalidChallenge, InvalidCredentials
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.router.signed_in import Cookie, signed_in
from BE.modules.auth.schemas.passkeys import PasskeyRequestOptions
from BE.modules.auth.schemas.second_factors import SecondStepPasskeyRequest, SecondStepRequest
from BE.modules.auth.schemas.sign_in import SignInResponse
from BE.modules.auth.security.host_cookie import DeviceCookie, SecondStepCookie
from BE.modules.auth.service import SecondStepService, SignInService

router = module_router("auth", carries_secrets=True)

SecondStep = Provided[SecondStepService]
ChallengeCookie = Provided[SecondStepCookie]


@router.post(
    "/login/second-factor/options",
    response_model=PasskeyRequestOptions,
    responses=raises(InvalidChallenge, 429, body=True),
    dependencies=[PUBLIC, FROM_OUR_SITE, SIGN_IN],
)
async def request_second_factor_passkey(
    request: Request,
    body: SecondStepPasskeyRequest,
    device: UsedDevice,
    second_step: SecondStep,
    challenge_cookie: ChallengeCookie,
) -> Response:
    """The options for a browser to request a passkey of the account; it may have none."""
    held = challenge_cookie.read(request.headers.getlist("cookie"))
    return Json(await second_step.passkey_options(body.among(held), device))


@router.post(
    "/login/second-factor",
    response_model=SignInResponse,
    responses=raises(InvalidChallenge, InvalidCredentials, 429, body=True) | {200: SETS_COOKIE},
    dependencies=[PUBLIC, FROM_OUR_SITE, SIGN_IN],
)
async def prove_second_factor(
    request: Request,
    body: SecondStepRequest,
    device: UsedDevice,
    second_step: SecondStep,
    service: Provided[SignInService],
    cookie: Cookie,
    device_cookie: Provided[DeviceCookie],
    challenge_cookie: ChallengeCookie,
) -> Response:
    """The second step of a sign-in: the challenge from the first one, and a proof."""
    held = challenge_cookie.read(request.headers.getlist("cookie"))
    with arguments_at({"code": "body.code"}):
        sign_in = await second_step.complete(body.among(held), body.proof, device)
    names = await service.names_of(sign_in.account)
    answer = signed_in(sign_in, names, cookie, device_cookie)
    if held:
        answer.headers.append("Set-Cookie", challenge_cookie.clear()["Set-Cookie"])
    return answer
