"""The base of every group of settings: where the application runs."""

import json
from typing import Any, Literal

from pydantic import ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

PLACEHOLDER = "change-me"


class EnvironmentSettings(BaseSettings):
    """The base of each part of the settings, so that its rules can consult the environment."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    # first, because the rules of production consult it
    environment: Literal["development", "test", "production"] = "development"

    @property
    def is_production(self) -> bool:
        return self.environment == "production"


def in_production(info: ValidationInfo) -> bool:
    return info.data.get("environment") == "production"


def json_list(value: Any, example: str) -> Any:
    """Read a list that was given as text. Raises :class:`ValueError` with the example."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"must be a JSON list, such as {example}") from None
