import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from BE.core.http.paths import FIRST_VERSION
from commands.client_breaks import ACCEPTED, OasdiffMissing, find_breaks, major_version
from commands.openapi import openapi_documents
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
    """Write the OpenAPI documents from which clients are generated.

    docs/openapi.json is that of /api/v1, docs/openapi.v2.json that of /api/v2, and so on.
    """
    with exit_on_expected_error(ContractBroken, OasdiffMissing):
        texts = contract_texts()
        if check:
            _require_no_other(texts)
            for version, text in texts.items():
                _require_fresh(contract_file(version), text)
            for version in texts:
                _require_compatible(version)
            return
    for version, text in texts.items():
        for file in _files_of(version, release=release):
            file.write_text(text)
            typer.echo(f"wrote {file.relative_to(ROOT)}")
    if release:
        _accept_nothing()


def contract_texts() -> dict[int, str]:
    """The documents by version, independent of an installation's settings."""
    settings = load_settings_without_port().model_copy(
        update={"root_path": "", "metrics_enabled": False}
    )
    return {
        version: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for version, document in openapi_documents(settings).items()
    }


def contract_file(version: int) -> Path:
    return CONTRACT if version == FIRST_VERSION else _of_version(CONTRACT, version)


def released_file(version: int) -> Path:
    return RELEASED if version == FIRST_VERSION else _of_version(RELEASED, version)


def _of_version(file: Path, version: int) -> Path:
    return file.with_name(file.name.replace("openapi.", f"openapi.v{version}."))


def _files_of(version: int, *, release: bool) -> list[Path]:
    return [contract_file(version), *([released_file(version)] if release else [])]


def _require_no_other(texts: Mapping[int, str]) -> None:
    """A removed version whose file is still there would be a contract that is not kept."""
    kept = {file for version in texts for file in _files_of(version, release=True)}
    left = sorted(file.name for file in set(CONTRACT.parent.glob("openapi*.json")) - kept)
    if left:
        raise ContractBroken(
            f"No version of the API is served by {', '.join(left)}: serve it again, or, once its"
            " sunset is past, remove the file."
        )


def _require_fresh(file: Path, text: str) -> None:
    if not file.exists() or file.read_text() != text:
        name = file.relative_to(ROOT)
        raise ContractBroken(f"{name} is not what the code says: run `make client`.")


def _require_compatible(version: int) -> None:
    if not released_file(version).exists():
        return  # a version that no release has: it has no clients yet
    files = released_file(version), contract_file(version)
    released, current = (json.loads(file.read_text()) for file in files)
    if major_version(current) != major_version(released):
        return
    if breaks := find_breaks(*files):
        raise ContractBroken(
            "\n".join(
                [
                    f"This breaks clients of {released['info']['version']}:",
                    *(f"- {sentence}" for sentence in breaks),
                    "Take it back, or raise the major version in pyproject.toml.",
                ]
            )
        )


def _accept_nothing() -> None:
    heading, *_ = ACCEPTED.read_text().splitlines(keepends=True)
    ACCEPTED.write_text(heading)
