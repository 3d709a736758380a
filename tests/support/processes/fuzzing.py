"""Requests that Schemathesis makes from the OpenAPI document; it validates their responses."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from BE.core.database.connections import connect
from tests.support.processes.server import PATIENCE
from tests.support.processes.workers import API, Visitor, Worker

_SEED = 20301
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_ENDLESS = "changes"  # an anonymous caller can sign up, and reach it too
_ENDING = f"{_ENDLESS}|logout"


@dataclass(frozen=True)
class Outcome:
    cases: int
    failed: bool
    text: str


async def administrator(worker: Worker, dsn: str) -> Visitor:
    visitor = await worker.register()
    connection = await connect(dsn)
    await connection.execute("UPDATE auth.account SET role = 'admin'")
    await connection.close()
    return await worker.sign_in(visitor.email)


def fuzz(worker: Worker, visitor: Visitor | None, *, examples: int, phases: str) -> Outcome:
    """Send ``examples`` of each operation, and those at the limits of its schemas."""
    document = f"{API}/openapi.json"
    worker.server.wait_until(document)  # made for its first reader: Schemathesis waits 10 s for it
    options = ["--exclude-path-regex", _ENDLESS]
    if visitor is not None:
        token = visitor.headers["Authorization"]
        options = [f"--header=Authorization: {token}", "--exclude-path-regex", _ENDING]
    command = (
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"http://127.0.0.1:{worker.server.port}{document}",
        f"--checks={','.join(_CHECKS)}",
        f"--phases={phases}",
        f"--max-examples={examples}",
        f"--seed={_SEED}",
        "--suppress-health-check=all",
        "--generation-database=none",
        f"--request-timeout={PATIENCE}",
        "--continue-on-failure",
        "--no-color",
        *options,
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    cases = re.search(r"(\d+) generated", done.stdout)
    return Outcome(int(cases[1]) if cases else 0, done.returncode != 0, done.stdout + done.stderr)
