import json
from pathlib import Path
from typing import Annotated

import typer

from commands.client_breaks import ACCEPTED, OasdiffMissing, find_breaks, major_version
from commands.openapi import openapi_document
from commands.running import exit_on_expected_error, load_settings_without_port

ROOT = Path(__file__).parents[1]
CONTRACT = ROOT / "docs/openapi.json"
RELEASED = ROOT / "docs/openapi.released.json"


class ContractBroken(Exception):
    """The message says how."""


def contract(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: exit 1 if stale or breaking a client.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Also keep it as the newest release's document.")
    ] = False,
) -> None:
    """Write the OpenAPI document from which clients are generated: docs/openapi.json."""
    with exit_on_expected_error(ContractBroken, OasdiffMissing):
        text = contract_text()
        if check:
            _require_fresh(text)
            _require_compatible()
            return
    for file in (CONTRACT, RELEASED) if release else (CONTRACT,):
        file.write_text(text)
        typer.echo(f"wrote {file.relative_to(ROOT)}")
    if release:
        _accept_nothing()


def contract_text() -> str:
    """The document without what an installation's settings change in it."""
    settings = load_settings_without_port().model_copy(
        update={"root_path": "", "metrics_enabled": False}
    )
    return json.dumps(openapi_document(settings), indent=2, ensure_ascii=False) + "\n"


def _require_fresh(text: str) -> None:
    if not CONTRACT.exists() or CONTRACT.read_text() != text:
        name = CONTRACT.relative_to(ROOT)
        raise ContractBroken(f"{name} is not what the code says: run `make client`.")


def _require_compatible() -> None:
    released, current = (json.loads(file.read_text()) for file in (RELEASED, CONTRACT))
    if major_version(current) != major_version(released):
        return
    if breaks := find_breaks(RELEASED, CONTRACT):
        version = released["info"]["version"]
        raise ContractBroken(
            "\n".join(
                [
                    f"This breaks clients of {version}:",
                    *(f"- {sentence}" for sentence in breaks),
                    "Take it back, or raise the major version in pyproject.toml.",
                ]
            )
        )


def _accept_nothing() -> None:
    heading, *_ = ACCEPTED.read_text().splitlines(keepends=True)
    ACCEPTED.write_text(heading)
