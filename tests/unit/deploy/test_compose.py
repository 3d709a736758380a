"""The service accepts its environment in compose, and Caddy is set up as in the proxy suite."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import Settings
from tests.support.processes.reverse_proxies import CADDY
from tests.support.project import ROOT

COMPOSE = ROOT / "deploy/compose"
SERVICES: dict[str, Any] = yaml.safe_load((COMPOSE / "docker-compose.yml").read_text())["services"]
FILLED_IN = {
    "DOMAIN": "app.example.com",
    "DB_PASSWORD": "0123456789abcdef",
    "JWT_SECRET": "a-secret-of-more-than-thirty-two-bytes",
    "SMTP_URL": "smtp://user:password@mail.example.com:587",
    "MAIL_FROM": "Example <hello@example.com>",
}
OURS = ("api", "migrate", "backup")

needs_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="there is no docker-compose"
)
needs_caddy = pytest.mark.skipif(CADDY.binary is None, reason="there is no caddy")


def settings_in(example: Path) -> dict[str, str]:
    lines = example.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """Replace ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?error}`` as compose does."""

    def value(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        return values.get(name) or (default if default is not None else values[name])

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", value, text)


def test_the_example_names_each_required_value() -> None:
    required = re.findall(r"\$\{(\w+)", (COMPOSE / "docker-compose.yml").read_text())
    named = settings_in(COMPOSE / "env.example")

    assert {*required, "COMPOSE_PROJECT_NAME"} == named.keys()
    assert {name for name, value in named.items() if not value} == FILLED_IN.keys()


@pytest.mark.parametrize("name", OURS)
def test_the_service_accepts_its_environment(
    name: str, load_in_production: Callable[[Mapping[str, str]], Settings]
) -> None:
    given = {
        key: interpolated(str(value), FILLED_IN)
        for key, value in SERVICES[name]["environment"].items()
    }
    settings = load_in_production(given)

    assert given.keys() - {"KEPT_BACKUPS", "TMPDIR"} <= {
        field.upper() for field in Settings.model_fields
    }
    assert settings.public_url == "https://app.example.com"
    assert settings.trusted_hosts == ("app.example.com",)


@pytest.mark.parametrize("name", OURS)
def test_a_container_has_minimal_privileges(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_only_caddy_has_published_ports() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"caddy"}


def test_caddy_keeps_running_while_the_service_is_replaced() -> None:
    """Compose also replaces the dependants of a container that it replaces."""
    assert "depends_on" not in SERVICES["caddy"]


def printed(command: str) -> list[str]:
    """The lines of the page on deploying that run ``docker compose`` with this command."""
    page = (ROOT / "docs/deploying.md").read_text()
    return re.findall(rf"^docker compose {command}.*$", page, re.MULTILINE)


def test_a_backup_is_restored_into_an_unmigrated_database() -> None:
    assert "migrate" in SERVICES["backup"]["depends_on"]
    [restore] = printed("run .* restore ")

    assert " --no-deps " in restore


def test_a_release_migrates_before_it_stops_the_process_in_use() -> None:
    _, release = printed("up --detach --build")
    page = (ROOT / "docs/deploying.md").read_text()

    assert f"docker compose run --rm migrate\n{release}\n" in page


def test_caddy_forwards_as_in_the_proxy_suite() -> None:
    def block(file: Path) -> str:
        [found] = re.findall(r"reverse_proxy [^{]*(\{.*?\n\t\})", file.read_text(), re.DOTALL)
        return str(found)

    assert block(COMPOSE / "Caddyfile") == block(ROOT / "deploy/proxies/Caddyfile")


@needs_caddy
def test_caddy_accepts_its_configuration(tmp_path: Path) -> None:
    command = [str(CADDY.binary), "validate", "--adapter", "caddyfile", "--config", "Caddyfile"]
    environment = os.environ | {"DOMAIN": "app.example.com", "XDG_DATA_HOME": str(tmp_path)}
    checked = subprocess.run(
        command, cwd=COMPOSE, env=environment, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


@needs_compose
def test_compose_accepts_its_configuration() -> None:
    checked = subprocess.run(
        ["docker-compose", "config", "--quiet"],
        cwd=COMPOSE,
        env=os.environ | FILLED_IN,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
