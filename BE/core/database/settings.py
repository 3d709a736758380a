"""The settings of the database and of the pool of connections."""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, ValidationInfo, field_validator, model_validator

from BE.core.product import SLUG
from BE.core.settings import EnvironmentSettings, in_production
from BE.core.urls import HostName, url

_PARTS = {"db_host", "db_port", "db_name", "db_user", "db_password"}

PostgresUrl = Annotated[str, url("postgresql", "postgres", "postgresql+asyncpg")]


class DatabaseSettings(EnvironmentSettings):
    db_host: HostName | None = None
    db_port: Annotated[int, Field(ge=1, le=65535)] = 5432
    db_name: str = SLUG
    db_user: str = SLUG
    db_password: Annotated[str, Field(repr=False)] = ""
    database_url: Annotated[PostgresUrl | None, Field(repr=False)] = None
    db_pool_size: Annotated[int, Field(ge=1, le=1000)] = 5
    db_max_overflow: Annotated[int, Field(ge=0, le=1000)] = 5
    db_pool_timeout: Annotated[float, Field(gt=0, le=86_400)] = 2
    db_pool_recycle: Annotated[float, Field(gt=0, le=86_400)] = 300

    @model_validator(mode="before")
    @classmethod
    def _without_unused_parts(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Do not validate variables of other programs, such as DB_PORT, where they are not used."""
        are_used = values.get("db_host") and not values.get("database_url")
        return {n: value for n, value in values.items() if are_used or n not in _PARTS}

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str | None, info: ValidationInfo) -> str | None:
        host = info.data.get("db_host")
        if url is None and host is None:
            if in_production(info):
                raise ValueError("is required in production: set DATABASE_URL or DB_HOST")
            return None
        is_valid = {"db_port", "db_name", "db_user", "db_password"} <= info.data.keys()
        if url is not None or not is_valid:
            return url
        user, password, name = (
            quote(info.data[part], safe="") for part in ("db_user", "db_password", "db_name")
        )
        return f"postgresql://{user}:{password}@{host}:{info.data['db_port']}/{name}"

    @property
    def relay_connections(self) -> int:
        """How many of the pool durable handlers may use: half, so that requests are not starved."""
        return max(1, (self.db_pool_size + self.db_max_overflow) // 2)
