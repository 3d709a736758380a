"""The committed OpenAPI document matches the code and breaks no client of the release."""

import json
from pathlib import Path

import pytest

from commands.client_breaks import ACCEPTED, find_breaks, major_version, oasdiff
from commands.contract import CONTRACT, RELEASED, contract_file, contract_texts
from tests.support.project import released_version

needs_oasdiff = pytest.mark.skipif(
    oasdiff() is None, reason="oasdiff is not installed: `make client` installs it"
)


def test_the_document_matches_the_code() -> None:
    for version, text in contract_texts().items():
        assert contract_file(version).read_text() == text, "run `make client`"


def test_settings_do_not_change_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOT_PATH", "/backend")
    monkeypatch.setenv("METRICS_ENABLED", "true")

    assert contract_texts()[1] == CONTRACT.read_text()


@needs_oasdiff
def test_no_client_of_the_release_breaks() -> None:
    released = json.loads(RELEASED.read_text())

    if major_version(released) == released_version().partition(".")[0]:
        assert find_breaks(RELEASED, CONTRACT) == []


@needs_oasdiff
def test_each_accepted_difference_exists(tmp_path: Path) -> None:
    (tmp_path / "nothing.txt").touch()
    lines = ACCEPTED.read_text().splitlines()

    accepted = {line for line in lines if not line.startswith("#")}
    assert accepted <= set(find_breaks(RELEASED, CONTRACT, accepted=tmp_path / "nothing.txt"))
