from collections.abc import Callable, Mapping

import pytest

from config import Settings, load_settings


@pytest.fixture
def load_in_production(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], Settings]:
    """Load the settings of an environment in production; raises if the service would not start."""

    def load(environment: Mapping[str, str]) -> Settings:
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.setenv("ENVIRONMENT", "production")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings(_env_file=None)

    return load
