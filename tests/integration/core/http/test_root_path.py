"""The service behind a path prefix, which the proxy strips or passes on."""

import re
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from config import Settings
from tests.support.application import AppFactory
from tests.support.client import client_of


@pytest.mark.parametrize("root_path", ["/backend", "/a/b", "/api"])
@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "kept"])
class TestRootPath:
    async def test_is_part_of_every_address_in_an_answer(
        self,
        build_app: AppFactory,
        root_path: str,
        strips: bool,  # noqa: FBT001 - a parameter
    ) -> None:
        received = "" if strips else root_path
        async with (
            build_app(root_path=root_path, cookie_secure=False) as app,
            client_of(app) as client,
        ):

            async def get(path: str) -> httpx.Response:
                """Request a path as the proxy forwards it."""
                assert path.startswith(root_path)
                return await client.get(received + path.removeprefix(root_path))

            home = await client.get(f"{received}/")
            docs = await get(home.headers["location"])
            addresses = re.findall(r'(?:src|href|data-openapi)="([^"]*)"', docs.text)
            found = {address: await get(address) for address in addresses}
            document = next(
                answer for path, answer in found.items() if path.endswith("openapi.json")
            )
            flows = document.json()["components"]["securitySchemes"]["access_token"]["flows"]
            registered = await client.post(
                f"{received}/api/v1/auth/register",
                json={
                    "email": f"{uuid4().hex}@example.com",
                    "password": "correct horse battery staple",
                    "full_name": "Ada",
                },
            )
            token = registered.json()["access_token"]
            created = await client.post(
                f"{received}/api/v1/specimens",
                json={"title": "a"},
                headers={"Authorization": f"Bearer {token}"},
            )

        assert docs.status_code == 200
        assert {answer.status_code for answer in found.values()} == {200}
        assert document.json()["servers"] == [{"url": root_path}]
        assert flows["password"]["tokenUrl"] == f"{root_path}/api/v1/auth/token"
        assert f"Path={root_path}/api/v1/auth" in registered.headers["set-cookie"]
        assert created.status_code == 201, created.text
        assert created.headers["location"] == f"{root_path}/api/v1/specimens/{created.json()['id']}"

    async def test_does_not_change_probes_and_unknown_paths(
        self,
        build_app: AppFactory,
        root_path: str,
        strips: bool,  # noqa: FBT001 - a parameter
    ) -> None:
        received = "" if strips else root_path
        async with build_app(root_path=root_path) as app, client_of(app) as client:
            live = await client.get(f"{received}/health/live")
            similar_prefix = await client.get(f"{root_path}x/health/live")

        assert live.status_code == 200
        assert similar_prefix.status_code == 404


@pytest.mark.parametrize(
    ("written", "expected"),
    [("", ""), ("/", ""), ("/backend", "/backend"), ("backend/", "/backend"), ("/a/b/", "/a/b")],
)
def test_a_root_path_is_normalised(written: str, expected: str) -> None:
    assert Settings(root_path=written, _env_file=None).root_path == expected


@pytest.mark.parametrize("written", ["https://example.com/a", "/a?b", "/a b", "/a//b", "/é"])
def test_an_invalid_root_path_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="must be a path, such as /backend"):
        Settings(root_path=written, _env_file=None)
