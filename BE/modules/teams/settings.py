"""The settings of teams."""

from typing import Annotated

from pydantic import Field

from BE.core.settings import EnvironmentSettings


class TeamsSettings(EnvironmentSettings):
    max_teams_per_owner: Annotated[int, Field(ge=1, le=10_000)] = 100
    max_members_per_team: Annotated[int, Field(ge=1, le=100_000)] = 1000
