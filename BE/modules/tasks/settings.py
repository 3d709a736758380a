"""The settings of tasks."""

from typing import Annotated

from pydantic import Field

from BE.core.settings import EnvironmentSettings


class TasksSettings(EnvironmentSettings):
    max_tasks_per_user: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100_000
    max_tasks_per_team: Annotated[int, Field(ge=1, le=2**31 - 1)] = 100_000
