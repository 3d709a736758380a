from fastapi import Response, status

from BE.core.http.access import NO_KEYS, SIGN_IN, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.exceptions import InvalidCredentials
from BE.modules.auth.schemas.passkeys import PasskeyRequestOptions
from BE.modules.auth.schemas.second_factors import ProofRequest
from BE.modules.auth.service import StepUpService

router = module_router("auth", carries_secrets=True)


@router.post(
    "/step-up/options",
    response_model=PasskeyRequestOptions,
    dependencies=[SIGNED_IN, NO_KEYS],
)
async def request_step_up_passkey(user: CurrentUser, service: Provided[StepUpService]) -> Response:
    """The options for a browser to request a passkey of the caller; awaited for five minutes."""
    return Json(await service.passkey_options(user))


@router.post(
    "/step-up",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(InvalidCredentials, 429, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, SIGN_IN],
)
async def step_up(
    body: ProofRequest, user: CurrentUser, service: Provided[StepUpService]
) -> Response:
    """Prove who you are, for the next ten minutes of this session."""
    with arguments_at({"password": "body.password", "code": "body.code"}):
        await service.step_up(user, body.proof)
    return no_content()
