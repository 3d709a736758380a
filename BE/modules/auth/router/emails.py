from fastapi import Request, Response, status

from BE.core.http.access import NO_KEYS, PUBLIC, SIGNED_IN, CurrentUser
from BE.core.http.callers import identify
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import AcceptedResponse, accepted, no_content
from BE.core.http.routes import module_router
from BE.core.security.principals import Principal
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.schemas.emails import VerifyEmailRequest
from BE.modules.auth.service import EmailVerificationService

router = module_router("auth", carries_secrets=True)

Verification = Provided[EmailVerificationService]


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
    caller_id = None
    if isinstance(caller, Principal) and not caller.is_api_key:
        caller_id = caller.user_id
    await verification.verify(body.token, device, caller_id)
    return no_content()


@router.post(
    "/email/resend",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(429),
    dependencies=[SIGNED_IN, NO_KEYS],
)
async def resend_verification(user: CurrentUser, verification: Verification) -> Response:
    """Mail a new link to verify the email; the earlier one becomes invalid."""
    await verification.request(user.user_id)
    return accepted("A link to verify the email is on its way")
