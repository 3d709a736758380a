import json
import logging
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from BE.core.telemetry.logging import access_logger, configure_logging
from BE.core.types import is_unprintable

pytestmark = pytest.mark.usefixtures("restored_logging")


def logged(capsys: pytest.CaptureFixture[str], **fields: Any) -> dict[str, Any]:
    configure_logging(style="json", level="INFO")
    logging.getLogger("a.library").warning("said", extra=fields)
    structlog.get_logger("ours").info("said", **fields)
    theirs, ours = map(json.loads, capsys.readouterr().err.splitlines())
    assert theirs["logger"] == "a.library"
    for logger in (theirs, ours):
        for name in ("logger", "level", "timestamp", "event"):
            del logger[name]
    assert theirs == ours
    return dict(ours)


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(capsys, status=200, route="/a") == {"status": 200, "route": "/a"}


@pytest.mark.parametrize(
    "key",
    ["password", "new_password", "Authorization", "set-cookie", "refresh_token", "JWT_SECRET"],
)
def test_a_secret_is_recognised_by_its_key(capsys: pytest.CaptureFixture[str], key: str) -> None:
    assert logged(capsys, **{key: "s3cret"}) == {key: "[redacted]"}
    assert logged(capsys, headers={key: "s3cret"}) == {"headers": {key: "[redacted]"}}


def test_a_value_that_is_not_json_is_still_logged(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(capsys, text="\ud800", number=2**70, thing=ValueError("a"))

    assert line == {"text": "\ud800", "number": 2**70, "thing": "ValueError('a')"}


def test_an_access_line_is_formatted_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(style="json", level="INFO")
    structlog.get_logger("access").info("request", status=200, token="s3cret")
    access_logger(style="json", level="INFO").info("request", status=200, token="s3cret")

    usual, direct = map(json.loads, capsys.readouterr().err.splitlines())
    assert usual.pop("timestamp") <= direct.pop("timestamp")
    assert usual == direct
    assert usual["token"] == "[redacted]"


@pytest.mark.parametrize("route", ["/a", "\ud800"])
def test_an_access_line_has_its_time_in_utc(capsys: pytest.CaptureFixture[str], route: str) -> None:
    access_logger(style="json", level="INFO").info("request", route=route)

    line = json.loads(capsys.readouterr().err)
    assert line["timestamp"].endswith("Z")
    assert datetime.now(UTC) - datetime.fromisoformat(line["timestamp"]) < timedelta(hours=1)


def test_an_access_line_that_cannot_be_written_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as broken_pipe:
        monkeypatch.setattr("sys.stderr", SimpleNamespace(buffer=broken_pipe))

        access_logger(style="json", level="INFO").info("request", status=200)


def test_the_log_level_applies_to_access_lines(capsys: pytest.CaptureFixture[str]) -> None:
    access_logger(style="json", level="WARNING").info("request", status=200)

    assert capsys.readouterr().err == ""


def test_a_terminal_receives_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(style="console", level="INFO")
    structlog.get_logger("ours").info("said", agent="\x1b[2J\x9b31m\r\nforged")

    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert not any(control in line for control in ("\x1b[2J", "\x9b", "\r"))


def test_a_traceback_sends_a_terminal_no_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(style="console", level="INFO")
    error = ValueError("a\x1b[2J \u202e")
    structlog.get_logger("ours").error("failed", exc_info=error, stack_info=True)
    lines = capsys.readouterr().err.split("\n")

    assert "ValueError: a\\x1b[2J \\u202e" in lines
    assert not any(is_unprintable(character) for line in lines for character in line)
