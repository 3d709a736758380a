from collections.abc import Callable, Mapping

import pytest

from config import Settings, load_settings


@pytest.fixture
def accepted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], Settings]:
    """What the service makes of an environment in production; raises where it would not start."""

    def accept(environment: Mapping[str, str]) -> Settings:
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.setenv("ENVIRONMENT", "production")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings(_env_file=None)

    return accept
