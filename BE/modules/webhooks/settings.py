"""The settings of webhooks."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from BE.core.settings import EnvironmentSettings, in_production


class WebhooksSettings(EnvironmentSettings):
    max_webhooks_per_user: Annotated[int, Field(ge=0, le=1000)] = 20
    webhook_attempts_kept_days: Annotated[float, Field(gt=0, le=3650)] = 30
    webhook_allow_private_addresses: bool = False

    @field_validator("webhook_allow_private_addresses")
    @classmethod
    def _guard_webhooks(cls, is_open: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        if is_open and in_production(info):
            raise ValueError("must not be true in production: users could reach your network")
        return is_open
