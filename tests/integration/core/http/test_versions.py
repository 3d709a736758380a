"""Two versions of the API side by side: headers, documents and the sunset of the first."""

from datetime import date
from typing import Any

import httpx
import pytest

from BE.core.http.access import NO_KEYS, SIGNED_IN
from BE.core.http.deprecation import Deprecation, deprecated
from BE.core.http.routes import module_router, strict_routes
from config import Settings
from main import create_app
from tests.support.application import AppFactory, container_of
from tests.support.client import Person, client_of
from tests.support.specimen.labels import SUCCESSOR

DEPRECATION_HEADERS = {
    "deprecation": "@1795910400",
    "sunset": "Mon, 31 May 2027 00:00:00 GMT",
    "link": f'<{SUCCESSOR}>; rel="successor-version"',
}


@pytest.fixture
async def specimen(client: httpx.AsyncClient, ada: Person) -> str:
    created = await client.post("/api/v1/specimens", json={"title": "a fern"}, headers=ada.headers)
    return str(created.json()["id"])


class TestTwoVersions:
    async def test_answer_side_by_side(
        self, client: httpx.AsyncClient, ada: Person, specimen: str
    ) -> None:
        first = await client.get(f"/api/v1/specimens/{specimen}/label", headers=ada.headers)
        second = await client.get(f"/api/v2/specimens/{specimen}/label", headers=ada.headers)

        assert first.json() == {"label": "a fern"}
        assert second.json() == {"label": {"text": "a fern", "language": "en"}}
        assert first.headers.items() >= DEPRECATION_HEADERS.items()
        assert not DEPRECATION_HEADERS.keys() & second.headers.keys()
        assert second.headers["cache-control"] == first.headers["cache-control"]

    async def test_an_error_of_the_old_version_has_the_headers_too(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        path = "/api/v1/specimens/0199c0de-0000-7000-8000-000000000000/label"
        anonymous = await client.get(path)
        missing = await client.get(path, headers=ada.headers)

        assert (anonymous.status_code, missing.status_code) == (401, 404)
        for answer in (anonymous, missing):
            assert answer.headers.items() >= DEPRECATION_HEADERS.items()

    async def test_pages_of_other_origins_may_read_the_headers(
        self, build_app: AppFactory, client: httpx.AsyncClient
    ) -> None:
        path = "/api/v1/specimens/0199c0de-0000-7000-8000-000000000000/label"
        answer = await client.get(path)

        exposed = answer.headers["access-control-expose-headers"]
        assert {"Deprecation", "Sunset", "Link"} <= set(exposed.split(", "))

    async def test_a_prefix_is_in_the_link(self, build_app: AppFactory) -> None:
        async with build_app(root_path="/backend") as app, client_of(app) as client:
            answer = await client.get(
                "/backend/api/v1/specimens/0199c0de-0000-7000-8000-000000000000/label"
            )

        assert answer.headers["link"] == f'</backend{SUCCESSOR}>; rel="successor-version"'


class TestDocuments:
    @pytest.fixture
    async def documents(self, client: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
        return (
            (await client.get("/api/v1/openapi.json")).json(),
            (await client.get("/api/v2/openapi.json")).json(),
        )

    def test_each_version_has_its_own_document(
        self, documents: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        first, second = documents
        old, new = "/api/v1/specimens/{specimen_id}/label", SUCCESSOR

        assert first["paths"][old]["get"]["deprecated"] is True
        headers = first["paths"][old]["get"]["responses"]["200"]["headers"]
        assert {"Deprecation", "Sunset", "Link"} <= headers.keys()
        assert not [path for path in first["paths"] if path.startswith("/api/v2")]
        assert old not in second["paths"]
        assert "deprecated" not in second["paths"][new]["get"]
        assert "LabelInFullResponse" in second["components"]["schemas"]
        assert "LabelInFullResponse" not in first["components"]["schemas"]
        assert "Sunset" not in second["components"]["headers"]

    def test_the_second_version_has_all_other_paths_of_the_first(
        self, documents: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        first, second = documents
        old = {"/api/v1/specimens/{specimen_id}/label"}

        assert second["paths"].keys() == (first["paths"].keys() - old) | {SUCCESSOR}

    async def test_each_version_has_pages(self, client: httpx.AsyncClient) -> None:
        for page in ("/docs", "/redoc"):
            assert "/api/v1/openapi.json" in (await client.get(page)).text
            assert "/api/v2/openapi.json" in (await client.get(f"{page}/v2")).text

    def test_production_serves_no_documents(self, base_settings: Settings) -> None:
        production = base_settings.model_copy(update={"environment": "production"})
        paths = {
            getattr(route, "path", "") for route in create_app(container_of(production)).routes
        }

        assert not {"/api/v2/openapi.json", "/docs/v2", "/redoc/v2"} & paths


class TestDeclaring:
    def test_a_router_is_deprecated_as_a_whole(self) -> None:
        ends = deprecated(since=date(2026, 1, 1), sunset=date(2027, 1, 1), successor="/api/v2/x")
        sooner = deprecated(since=date(2026, 1, 1), sunset=date(2026, 6, 1), successor="/api/v2/y")
        router = module_router("x", access=SIGNED_IN, keys=NO_KEYS, deprecation=ends)

        async def read() -> None: ...

        router.add_api_route("/a", read)
        router.add_api_route("/b", read, dependencies=[sooner])

        sunsets = [
            route.deprecation and route.deprecation.sunset for route in strict_routes([router])
        ]
        assert sunsets == [date(2027, 1, 1), date(2026, 6, 1)]

    @pytest.mark.parametrize(
        ("sunset", "successor"),
        [(date(2026, 1, 1), "/api/v2/x"), (date(2027, 1, 1), "https://example.com/")],
        ids=["no time", "no path"],
    )
    def test_a_deprecation_without_time_or_successor_is_refused(
        self, sunset: date, successor: str
    ) -> None:
        with pytest.raises(ValueError, match=r"must come after|no path"):
            Deprecation(date(2026, 1, 1), sunset, successor)
