"""The routes of tasks: one's own, any user's for admins, and a team's for its members."""

from fastapi import Depends

from BE.core.http.access import SELF_OR_ADMIN, SIGNED_IN
from BE.core.http.routes import mirrored
from BE.core.http.team_access import in_team
from BE.modules.tasks.router import collection, files, single, transfers
from BE.modules.tasks.router.owners import name_team, name_user

_own = (collection.router, files.router, single.router)  # before what `{task_id}` would match

_by_user = (
    mirrored(
        router,
        "users/{user_id}/tasks",
        suffix="_of_user",
        access=SELF_OR_ADMIN,
        dependency=Depends(name_user),
    )
    for router in _own
)
_by_team = (
    mirrored(
        router,
        "teams/{team_id}/tasks",
        suffix="_of_team",
        access=SIGNED_IN,
        dependency=Depends(name_team),
        role=in_team("viewer", writing="member"),
    )
    for router in _own
)

routers = (*_own, transfers.router, *_by_user, *_by_team)
