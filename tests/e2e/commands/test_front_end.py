"""How the front end is built and served: ``make run`` and ``make dev``, on a copy of the code."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.code import copy_code, replace_in
from tests.support.processes.server import PATIENCE, ROOT, Server, environment, is_alive, wait_for

PACKAGES = ROOT / "FE" / "node_modules"
HTML = {"Accept": "text/html"}
BUILDING = "Building the front end …"
BUILT = "The front end is built."
PLACEHOLDER = "The pages are being built"


def programs_without_node(directory: Path) -> str:
    """A PATH with a shell, but without Node."""
    directory.mkdir()
    for name in ("sh", "env"):
        (directory / name).symlink_to(shutil.which(name) or "")
    return str(directory)


def copy_front_end(directory: Path) -> Path:
    """Copy the code and the front end's sources, without what was built or installed."""
    copy_code(directory)
    ignored = shutil.ignore_patterns("node_modules", "dist", ".building", ".replaced")
    shutil.copytree(ROOT / "FE", directory / "FE", ignore=ignored)
    shutil.copy(ROOT / "requirements-node.txt", directory)
    return directory


def start_building(code: Path, **env: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "-m", "commands.front_end", "build"),
        cwd=code,
        env=environment(**env),
        stderr=subprocess.PIPE,
        text=True,
    )


def build(code: Path, **env: object) -> str:
    """Build the front end, and return the output."""
    building = start_building(code, **env)
    _, output = building.communicate(timeout=PATIENCE)
    assert building.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def packages() -> Path:
    """The packages of the front end, installed for this checkout as ``make test`` does."""
    command = (sys.executable, "-m", "commands.front_end", "build", "--to-develop")
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    if "cannot be reached" in output:
        pytest.skip(output.strip())
    assert "is served" not in output, output
    return PACKAGES


@pytest.fixture(scope="module")
def code(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that two processes have built concurrently, with no Node on the PATH."""
    code = copy_front_end(tmp_path_factory.mktemp("built") / "code")
    (code / "FE" / "node_modules").symlink_to(packages)
    path = programs_without_node(code.parent / "bin")
    both = [start_building(code, PATH=path) for _ in range(2)]
    outputs = [building.communicate(timeout=PATIENCE)[1] for building in both]
    assert [building.returncode for building in both] == [0, 0], outputs
    assert sum(BUILDING in output for output in outputs) == 1, outputs
    return code


class TestBuild:
    def test_uses_node_from_pypi_and_runs_once_for_two_processes(self, code: Path) -> None:
        page = (code / "FE/dist/index.html").read_text()

        [script] = re.findall(r'src="\./(assets/[^"]+\.js)"', page)
        assert {f"{script}{suffix}" for suffix in ("", ".br", ".gz")} <= {
            file.relative_to(code / "FE/dist").as_posix()
            for file in (code / "FE/dist/assets").iterdir()
        }

    def test_is_reused_without_node_while_nothing_changes(self, code: Path, tmp_path: Path) -> None:
        (code / "FE/src/app/main.tsx").touch()
        (code / "FE/src/app/added.test.ts").write_text("")

        output = build(code, PATH=str(tmp_path))

        assert output == ""

    def test_is_repeated_after_a_change(self, code: Path) -> None:
        replace_in(code / "FE/index.html", "<title>Bounded</title>", "<title>Changed</title>")

        output = build(code)

        assert output.splitlines() == [BUILDING, BUILT]
        assert "<title>Changed</title>" in (code / "FE/dist/index.html").read_text()

    def test_that_fails_keeps_the_earlier_one(self, code: Path) -> None:
        before = (code / "FE/dist/index.html").read_text()
        (code / "FE/src/app/main.tsx").write_text("import './nothing'")

        output = build(code)

        assert output.endswith("The front end does not build: an earlier build is served.\n")
        assert (code / "FE/dist/index.html").read_text() == before


def test_without_the_npm_registry_only_the_api_is_served(database: str, tmp_path: Path) -> None:
    code = copy_front_end(tmp_path / "code")
    output = build(
        code, npm_config_registry="http://127.0.0.1:9", npm_config_cache=tmp_path / "cache"
    )
    command = (sys.executable, str(code / "manage.py"), "serve")
    server = Server(tmp_path / "data", command=command, DATABASE_URL=database)
    try:
        server.wait_until()
        page = server.client.get("/", headers=HTML)
    finally:
        server.clean_up()

    assert output.splitlines()[-1] == "The npm registry cannot be reached: the API alone is served."
    assert (page.status_code, page.headers["location"]) == (307, "/docs")


def test_make_run_opens_an_application(packages: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    try:
        server.wait_until()
        page = server.client.get("/", headers=HTML)
        [script] = re.findall(r'src="\./(assets/[^"]+\.js)"', page.text)
        asset = server.client.head(f"/{script}", headers={"Accept-Encoding": "br"})
        output = server.output
    finally:
        server.clean_up()

    assert page.status_code == 200
    assert '<base href="/"' in page.text
    assert asset.headers["content-encoding"] == "br"
    assert "immutable" in asset.headers["cache-control"]
    assert re.search(rf"serves on +http://127.0.0.1:{server.port}\n", output)


class TestRunWithoutBuild:
    """``make run`` of a copy that has no build yet."""

    @pytest.fixture
    def code(self, packages: Path, tmp_path: Path) -> Path:
        """A copy whose build waits until there is a file ``.released``."""
        code = copy_front_end(tmp_path / "code")
        (code / "FE" / "node_modules").symlink_to(packages)
        (code / ".venv").symlink_to(ROOT / ".venv")
        for file in (ROOT / "Makefile", *ROOT.glob("requirements*.txt")):
            shutil.copy2(file, code)  # with its time: what is installed stays newer
        waiting = '"build": "until test -e .released; do sleep 0.05; done; vite build"'
        replace_in(code / "FE/package.json", '"build": "vite build"', waiting)
        return code

    @pytest.fixture
    def running(self, code: Path, database: str, tmp_path: Path) -> Iterator[Server]:
        command = ("make", "-C", str(code), "run")
        running = Server(tmp_path / "data", command=command, DATABASE_URL=database)
        yield running
        running.clean_up()

    def test_serves_the_api_at_once_and_is_ready_when_the_pages_are_built(
        self, code: Path, running: Server
    ) -> None:
        running.wait_until("/api/v1/auth/me", 401)
        wait_for(lambda: BUILDING in running.output, "the build to begin")
        before = running.client.get("/", headers=HTML)
        ready = running.client.get("/health/ready")

        (code / "FE/.released").touch()
        running.wait_until("/health/ready")
        after = running.client.get("/", headers=HTML)

        assert PLACEHOLDER in before.text
        assert '<meta http-equiv="refresh"' in before.text
        assert (ready.status_code, ready.json()["code"]) == (503, "UNAVAILABLE")
        assert PLACEHOLDER not in after.text
        assert re.search(r'src="\./(assets/[^"]+\.js)"', after.text)

    @pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_build_too(
        self, code: Path, running: Server, sig: signal.Signals
    ) -> None:
        running.wait_until("/health/live")
        wait_for(lambda: BUILDING in running.output, "the build to begin")

        running.stop(sig)

        group = running.process.pid
        wait_for(lambda: not processes_of(group), f"{processes_of(group)} to end")
        assert not (code / "FE/dist").exists()
        assert "does not build" not in running.output


def processes_of(group: int) -> list[psutil.Process]:
    """The running processes of a process group."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and is_alive(process):
                members.append(process)
        except ProcessLookupError:
            continue
    return members


class TestDevelop:
    @pytest.fixture
    def running(self, packages: Path, database: str, tmp_path: Path) -> Iterator[Server]:
        code = copy_front_end(tmp_path / "code")
        (code / "FE" / "node_modules").symlink_to(packages)
        command = (sys.executable, str(code / "manage.py"), "develop")
        running = Server(tmp_path / "data", command=command, DATABASE_URL=database)
        yield running
        running.clean_up()

    def test_serves_pages_that_follow_changes_beside_the_api_and_ends_with_it(
        self, running: Server
    ) -> None:
        running.wait_until()
        [address] = re.findall(r"Open (http://\S+):", running.output)
        with httpx.Client(base_url=address, timeout=PATIENCE) as pages:

            def answers() -> bool:
                try:
                    return pages.get("/stats", headers=HTML).status_code == 200
                except httpx.TransportError:
                    return False

            wait_for(answers, "Vite to serve", lambda: running.output)
            page = pages.get("/stats", headers=HTML).text
            forwarded = pages.get("/api/v1/auth/me")
            refreshed = pages.post("/api/v1/auth/refresh", headers={"Origin": address})
        processes = psutil.Process(running.process.pid).children(recursive=True)
        names = {process.name() for process in processes}

        code = running.stop(signal.SIGINT)

        assert "/@vite/client" in page
        assert (forwarded.status_code, forwarded.json()["code"]) == (401, "UNAUTHORIZED")
        assert refreshed.json()["code"] == "INVALID_REFRESH_TOKEN"  # the origin was accepted
        assert code == 0
        assert any("node" in name.lower() for name in names), names
        assert not [process for process in processes if is_alive(process)]
