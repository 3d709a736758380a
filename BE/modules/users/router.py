from typing import Annotated, cast

from fastapi import Response

from BE.core.dependencies import provided
from BE.core.middleware.auth import SIGNED_IN, CurrentUser
from BE.core.preconditions import IfMatch, IfNoneMatchHeader
from BE.core.responses import NOT_MODIFIED, raises, versioned
from BE.core.routing import module_router
from BE.modules.users.models import ProfileChanges
from BE.modules.users.schemas import ChangeProfileRequest, UserResponse, user_response
from BE.modules.users.service import UserService

router = module_router("users")

Service = Annotated[UserService, provided("user_service")]


@router.get(
    "/me",
    response_model=UserResponse,
    responses=raises(401, 404) | NOT_MODIFIED,
    dependencies=[SIGNED_IN],
)
async def read_my_profile(
    user: CurrentUser, service: Service, if_none_match: IfNoneMatchHeader
) -> Response:
    profile = await service.get(user.user_id)
    return versioned(user_response(profile), profile.version, if_none_match)


@router.patch(
    "/me",
    response_model=UserResponse,
    responses=raises(401, 404, 409, 412, body=True),
    dependencies=[SIGNED_IN],
)
async def change_my_profile(
    body: ChangeProfileRequest, user: CurrentUser, service: Service, if_match: IfMatch
) -> Response:
    """Change what is sent; ``"username": null`` gives it up."""
    changes = cast(ProfileChanges, body.model_dump(exclude_unset=True))
    profile = await service.change(user.user_id, changes, if_match)
    return versioned(user_response(profile), profile.version)
