"""What an operator does with ``manage.py``, on a database of this module."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes.server import manage


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to which no test writes."""
    directory = tmp_path_factory.mktemp("database") / "data"
    assert manage("migrate", DATA_DIR=directory).returncode == 0
    return directory


def test_a_backup_is_restored_only_into_an_empty_database(data_dir: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")

    saved = manage("backup", file, DATA_DIR=data_dir)
    again = manage("backup", file, DATA_DIR=data_dir)
    over = manage("restore", file, DATA_DIR=data_dir)
    foreign = manage("restore", file, DATA_DIR=tmp_path / "other")
    secret = (data_dir / "jwt_secret").read_text()
    restored = manage("restore", file, DATA_DIR=tmp_path / "other", JWT_SECRET=secret)

    assert saved.returncode == 0, saved.stderr
    assert again.returncode == over.returncode == 1
    assert "exists" in again.stderr
    assert "not empty" in over.stderr
    assert len(over.stderr.splitlines()) == 1
    assert foreign.returncode == 1
    assert "--trust-foreign" in foreign.stderr
    assert len(foreign.stderr.splitlines()) == 1
    assert restored.returncode == 0, restored.stderr
    assert "counted and checked" in restored.stdout


def test_a_foreign_backup_is_restored_if_trusted(data_dir: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")
    manage("backup", file, DATA_DIR=data_dir)

    restored = manage("restore", "--trust-foreign", file, DATA_DIR=tmp_path / "other")

    assert restored.returncode == 0, restored.stderr


def test_the_doctor_fails_if_something_is_wrong(data_dir: Path) -> None:
    healthy = manage("doctor", DATA_DIR=data_dir)
    unhealthy = manage("doctor", DATA_DIR=data_dir, SMTP_URL="smtp://127.0.0.1:1")

    assert healthy.returncode == 0, healthy.stdout
    assert unhealthy.returncode == 1
    assert any(
        line.startswith("wrong") and "mail" in line for line in unhealthy.stdout.splitlines()
    )


def test_only_a_server_needs_a_port(data_dir: Path) -> None:
    link: dict[str, Any] = {"DATA_DIR": data_dir, "PORT": "tcp://10.0.0.1:8000"}

    ran = [manage(*command, **link) for command in (["migrate"], ["events", "list"], ["openapi"])]
    examined = manage("doctor", **link)
    served = manage("serve", **link)

    assert [(command.returncode, command.stderr) for command in [*ran, examined]] == [(0, "")] * 4
    [caution] = [line for line in examined.stdout.splitlines() if line.startswith("caution")]
    assert "PORT: tcp://10.0.0.1:8000 is what Kubernetes" in caution
    assert served.returncode == 1
    assert "PORT: tcp://10.0.0.1:8000 is what Kubernetes" in served.stderr
    assert "set the variable yourself" in served.stderr


def test_an_unused_port_hides_no_other_fault(data_dir: Path) -> None:
    refused = manage("migrate", DATA_DIR=data_dir, PORT="many", SMTP_URL="http://x")

    assert refused.returncode == 1
    assert "SMTP_URL" in refused.stderr
    assert "PORT:" not in refused.stderr


def test_a_start_with_too_many_connections_is_refused(data_dir: Path) -> None:
    refused = manage("serve", "--workers", "20", DATA_DIR=data_dir)

    assert refused.returncode == 1
    assert "20 processes with up to 13 connections each need 260" in refused.stderr
    assert "WEB_CONCURRENCY" in refused.stderr
    assert (
        len(refused.stderr.strip().splitlines()) == 2
    )  # the other warns that limits are per process


def test_a_drill_uses_the_newest_backup_and_fails_without_one(
    data_dir: Path, tmp_path: Path
) -> None:
    none = manage("drill", DATA_DIR=data_dir)
    backups = data_dir / "backups"
    backups.mkdir()
    manage("backup", str(backups / "first"), DATA_DIR=data_dir)

    drilled = manage("drill", DATA_DIR=data_dir)
    as_json = manage("drill", str(backups), "--json", DATA_DIR=data_dir)
    too_old = manage("drill", "--most-hours", "0", DATA_DIR=data_dir)
    foreign = manage("drill", DATA_DIR=data_dir, JWT_SECRET="o" * 48)

    assert drilled.returncode == 0, drilled.stderr
    assert drilled.stdout.startswith(f"{backups / 'first'} can be restored: ")
    assert json.loads(as_json.stdout)["lost_changes"] == 0
    for failed, sentence in (
        (none, "There is no"),
        (too_old, "is too old"),
        (foreign, "not written with this JWT_SECRET"),
    ):
        assert failed.returncode == 1
        assert sentence in failed.stderr
        assert len(failed.stderr.splitlines()) == 1
