"""Variables that another program exports are ignored if unused, else explained."""

from pathlib import Path

import pytest

from BE.core.server.process import PortTaken, listen
from config import InvalidConfiguration, Settings, load_settings
from tests.support.processes.server import free_port

DSN = "postgresql://app:pw@db.example.com/app"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": DSN, "DB_PORT": "tcp://10.0.0.1:5432"},
        {"DATABASE_URL": DSN, "DB_HOST": "tcp://10.0.0.1", "DB_PORT": "tcp://10.0.0.1:5432"},
        {"DATABASE_URL": DSN, "DB_PORT": "many", "DB_HOST": "db:5432"},
        {"DB_PORT": "tcp://10.0.0.1:5432"},
        {"REDIS_PORT": "tcp://10.0.0.1:6379", "SMTP_PORT": "udp://10.0.0.1:25"},
    ],
    ids=" ".join,
)
def test_an_unused_variable_is_not_validated(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert load_settings().database_url == variables.get("DATABASE_URL")


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"PORT": "tcp://10.0.0.1:8000"}, "PORT"),
        ({"DB_HOST": "db", "DB_PORT": "tcp://10.0.0.1:5432"}, "DB_PORT"),
        ({"DB_HOST": "tcp://10.0.0.1:5432"}, "DB_HOST"),
        ({"REDIS_URL": "tcp://10.0.0.1:6379"}, "REDIS_URL"),
    ],
)
def test_a_service_link_is_explained(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)

    with pytest.raises(InvalidConfiguration, match=f"  {name}: tcp://.* is what Kubernetes"):
        load_settings()


@pytest.mark.parametrize(
    "host",
    [
        "x86_64-conda-linux-gnu",
        "aarch64-conda-linux-gnu",
        "x86_64-conda_cos6-linux-gnu",
        "x86_64-apple-darwin13.4.0",
        "arm64-apple-darwin20.0.0",
    ],
)
def test_a_compiler_target_as_host_is_explained(host: str) -> None:
    with pytest.raises(PortTaken, match=f"HOST is {host}, .*conda exports it"):
        listen(host, free_port())


def test_a_host_that_is_no_address_is_explained() -> None:
    with pytest.raises(PortTaken, match=r"HOST is nowhere.invalid, which is no address"):
        listen("nowhere.invalid", free_port())


@pytest.mark.parametrize("host", ["linux.invalid", "arm-build-host.invalid"])
def test_a_host_may_contain_the_name_of_a_system(host: str) -> None:
    with pytest.raises(PortTaken, match="no address of this machine"):
        listen(host, free_port())


@pytest.mark.parametrize(
    ("host", "fault"),
    [("db:5432", "without a port"), ("https://db", "without a scheme")],
)
def test_the_database_host_must_be_a_bare_host(host: str, fault: str) -> None:
    with pytest.raises(InvalidConfiguration, match=f"DB_HOST: must be .*{fault}"):
        load_settings(db_host=host)


def test_the_database_host_may_be_an_ipv6_address() -> None:
    settings = load_settings(db_host="2001:db8::1")

    assert settings.database_url == "postgresql://bounded:@[2001:db8::1]:5432/bounded"
