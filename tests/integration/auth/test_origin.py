import pytest

from tests.support.application import AppFactory
from tests.support.client import BASE_URL, client_of


class TestOrigin:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 401),
            ({"Origin": BASE_URL}, 401),
            ({"Origin": f"{BASE_URL}:443"}, 401),
            ({"Origin": "https://app.example.com"}, 401),
            ({"Sec-Fetch-Site": "same-origin"}, 401),
            ({"Origin": "https://evil.example.com"}, 403),
            ({"Origin": "http://service.test"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "https://[broken"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
        ],
    )
    async def test_a_browser_may_sign_in_from_our_own_sites_only(
        self, build_app: AppFactory, headers: dict[str, str], status: int
    ) -> None:
        async with (
            build_app(cors_origins=("https://app.example.com",)) as app,
            client_of(app) as client,
        ):
            answer = await client.post("/api/v1/auth/refresh", headers=headers)

        assert answer.status_code == status

    @pytest.mark.parametrize(
        ("page", "called"),
        [
            ("http://localhost:5173", "127.0.0.1:8000"),
            ("http://127.0.0.1:5173", "localhost:8000"),
            ("http://localhost:5173", "[::1]:8000"),
        ],
    )
    @pytest.mark.parametrize("path", ["register", "login", "refresh"])
    async def test_a_page_on_the_other_local_name_gets_an_explanation(
        self, build_app: AppFactory, page: str, called: str, path: str
    ) -> None:
        async with build_app(cors_origins=(page,)) as app, client_of(app) as client:
            answer = await client.post(
                f"/api/v1/auth/{path}", headers={"Origin": page, "Host": called}
            )

        assert answer.status_code == 403
        assert page in answer.json()["error"]
        assert called in answer.json()["error"]

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
    async def test_a_page_on_the_same_local_name_may_sign_in(
        self, build_app: AppFactory, name: str
    ) -> None:
        page = f"http://{name}:5173"
        async with build_app(cors_origins=(page,)) as app, client_of(app) as client:
            answer = await client.post(
                "/api/v1/auth/refresh", headers={"Origin": page, "Host": f"{name}:8000"}
            )

        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("hops", "proto", "status"),
        [
            (0, "https", 403),
            (1, "https", 401),
            (1, "https, http", 403),
            (2, "https, http", 401),
            (2, "https", 401),
        ],
    )
    async def test_only_headers_of_trusted_proxies_count(
        self, build_app: AppFactory, hops: int, proto: str, status: int
    ) -> None:
        headers = {
            "Origin": "https://public.example.com",
            "X-Forwarded-Proto": proto,
            "X-Forwarded-Host": "public.example.com",
        }

        async with build_app(trusted_proxy_hops=hops) as app, client_of(app) as client:
            answer = await client.post("/api/v1/auth/refresh", headers=headers)

        assert answer.status_code == status
