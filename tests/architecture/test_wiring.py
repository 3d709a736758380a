"""mypy checks the arguments of constructors in containers, and names shared by contexts."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from BE.core.wiring.core import CORE
from BE.core.wiring.part import Part
from container import CONTEXTS
from tests.support.code import copy_code, copy_mypy_cache, replace_in

FILLED = {"cookie_secure", "database_url", "mail_from"}
"""Settings that are ``None`` only until the configuration has been loaded."""


def links() -> Iterator[str]:
    """A module that sets each need of a container from its provider."""
    parts = [Part(context) for context in (*CONTEXTS, CORE)]
    classes = {part.context.name: part.context.container for part in parts}
    yield "import config"
    yield from (f"import {container.__module__}" for container in classes.values())
    types = {
        name: f"{container.__module__}.{container.__name__}" for name, container in classes.items()
    } | {"settings": "config.Settings"}
    owners = {name: part.context.name for part in parts for name in part.provided}
    for part in parts:
        for name in part.needed:
            consumer, provider = part.context.name, owners.get(name, "settings")
            yield f"def {consumer}_needs_{name}_of_{provider}("
            yield f"    needs: {types[consumer]}, provides: {types[provider]}"
            yield ") -> None:"
            if name in FILLED:
                yield f"    assert provides.{name} is not None"
            yield f"    needs.{name} = provides.{name}"


class Checker:
    """mypy, on a copy of the code and its links."""

    def __init__(self, code: Path) -> None:
        self._code = code
        copy_mypy_cache(code)
        self._links = list(links())
        (code / "links.py").write_text("\n".join(self._links))

    def check(self) -> str:
        """Return the output; it names a link by its function."""
        found = subprocess.run(
            [sys.executable, "-m", "mypy", "--no-error-summary", "--no-color-output", "links.py"],
            cwd=self._code,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return re.sub(r"links\.py:(\d+)", lambda place: self._function_at(int(place[1])), found)

    def _function_at(self, number: int) -> str:
        return next(
            line.removeprefix("def ").rstrip("(")
            for line in reversed(self._links[:number])
            if line.startswith("def ")
        )

    def check_with(self, file: str, old: str, new: str) -> str:
        """Return the output with a change, then undo the change."""
        path = self._code / file
        text = path.read_text()
        replace_in(path, old, new)
        try:
            return self.check()
        finally:
            path.write_text(text)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    return Checker(copy_code(tmp_path_factory.mktemp("wiring") / "code"))


def test_each_container_is_given_what_it_needs(checker: Checker) -> None:
    assert checker.check() == "", (
        "the provided type is not the needed one: change the annotation in the wiring.py of the"
        " consumer, its port, or the method of the service that provides it"
    )


def test_swapped_arguments_are_reported(checker: Checker) -> None:
    found = checker.check_with(
        "BE/modules/audit/wiring.py",
        "singleton(AuditService, audit_repository, cursors)",
        "singleton(AuditService, cursors, audit_repository)",
    )

    assert "BE/modules/audit/wiring.py" in found
    assert 'Argument 2 to "singleton" has incompatible type "Cursors"' in found


def test_a_missing_argument_is_reported(checker: Checker) -> None:
    found = checker.check_with(
        "BE/modules/audit/wiring.py",
        "singleton(AuditService, audit_repository, cursors)",
        "singleton(AuditService, audit_repository)",
    )

    assert "Too few arguments" in found or "Missing positional argument" in found


def test_a_renamed_method_that_a_port_needs_is_reported(checker: Checker) -> None:
    found = checker.check_with(
        "BE/modules/auth/service/accounts.py", "async def email_of(", "async def address_of("
    )

    assert "notifications_needs_account_service_of_auth: error: Incompatible types" in found


def test_a_setting_of_another_type_is_reported(checker: Checker) -> None:
    found = checker.check_with(
        "BE/modules/auth/wiring/container.py",
        "session_idle: timedelta = needed()",
        "session_idle: str = needed()",
    )

    assert 'expression has type "timedelta", variable has type "str"' in found
