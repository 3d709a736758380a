"""The tour of the README gives the answers that it shows."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.contexts import needs
from tests.support.processes.server import PATIENCE, ROOT, Server

HERE = "http://127.0.0.1:8000"
ANSWER = re.compile(r"^# (\{.*|HTTP.*|[a-z]+: .*|\d{3})$", re.MULTILINE)
VARYING = re.compile(r"01a1fdb9-[0-9a-f]{4}-…|lL1U_Z51…|2026-11-21T[0-9:.]+Z|…")
"""Ids, cursors, times and omissions."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    server = Server(tmp_path / "data")
    try:
        server.wait_until()
        yield str(server.client.base_url)
    finally:
        server.clean_up()


@needs("tasks")
def test_each_step_gives_the_answer_shown(address: str, tmp_path: Path) -> None:
    [tour] = re.findall(r"```bash\n(API=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    shown = ANSWER.findall(tour)
    output = subprocess.run(
        ["bash", "-c", tour.replace(HERE, address)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout

    assert len(shown) > 12
    place = 0
    for answer in shown:
        pattern = ".*".join(map(re.escape, VARYING.split(answer)))
        match = re.compile(f"^{pattern}\r?$", re.MULTILINE).search(output, place)
        assert match, f"{answer}\nis not what comes next in\n{output[place:]}"
        place = match.end()
