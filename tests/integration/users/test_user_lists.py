import random
import unicodedata
from datetime import timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.types import new_id
from tests.support.client import Person, sign_up

USERS = "/api/v1/users"
SORTS = ["created_at", "email", "full_name", "username"]
FILTERS: list[dict[str, Any]] = [
    {},
    {"role": "admin"},
    {"is_active": False},
    {"role": "user", "is_active": True},
]
SEARCHED = [
    *("a", "e", "%", "_", "0%", "A_B", "x.", "m1", "@", "@ex", "EXAMPLE", "émi", "ÉM"),
    *("'", "zzz", "é", "n5@example.com", "com", "Zoë", "\\", "hopper", "E H"),
    "\u0301",
]


async def list_users(
    client: httpx.AsyncClient, root: Person, limit: int = 7, **query: Any
) -> list[Any]:
    """List every user, page by page."""
    found, cursor = [], None
    while True:
        page: dict[str, Any] = {"limit": 7} | query | ({"cursor": cursor} if cursor else {})
        answer = await client.get(USERS, params=page, headers=root.headers)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= page["limit"]
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def in_order(users: list[Any], by: str, *, descending: bool) -> list[Any]:
    """The expected order: case-insensitive, empty values last, ties by id."""

    def key(user: Any) -> tuple[str, str]:
        return ((user[by] or "").lower(), user["id"])

    named = sorted((user for user in users if user[by]), key=key, reverse=descending)
    return named + sorted((user for user in users if not user[by]), key=key, reverse=descending)


def bare(text: str) -> str:
    """The text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def matches(user: Any, text: str) -> bool:
    texts = (user["username"] or "", user["email"], user["full_name"])
    return bare(text) != "" and any(bare(text) in bare(words) for words in texts)


@pytest.fixture
async def crowd(database: Database, root: Person) -> None:
    """Sixty users, many of whom share a name in different cases."""
    dice = random.Random(7)
    for number in range(60):
        name = dice.choice(["ada", "Ada", "ÉMILE", "émile", "Zoë", "o'neil", "50%", "a_b"])
        username = dice.choice([None, f"{dice.choice(['X', 'x', 'y'])}.{number}_"])
        await database.execute(
            """
            INSERT INTO users.profile
                (id, email, username, full_name, role, is_active, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, '2020-01-01Z'::timestamptz + $7 * interval '1 hour')
            """,
            new_id(),
            f"{dice.choice(['M', 'm', 'n'])}{number}@example.com",
            username,
            name,
            dice.choice(["user", "user", "admin"]),
            dice.random() < 0.7,
            dice.randrange(20),
        )


@pytest.mark.usefixtures("crowd")
class TestList:
    @pytest.mark.parametrize("by", SORTS)
    async def test_is_in_order_with_every_filter(
        self, client: httpx.AsyncClient, root: Person, by: str
    ) -> None:
        all_users = await list_users(client, root, limit=100)
        assert len(all_users) == 61

        for where, direction in product(FILTERS, ["asc", "desc"]):
            found = await list_users(client, root, sort_by=by, sort_order=direction, **where)

            wanted = [user for user in all_users if where.items() <= user.items()]
            assert len(wanted) > 0, where
            assert found == in_order(wanted, by, descending=direction == "desc"), where

    async def test_shows_the_newest_first(self, client: httpx.AsyncClient, root: Person) -> None:
        all_users = await list_users(client, root)
        by_name = await list_users(client, root, sort_by="full_name")

        assert all_users == in_order(all_users, "created_at", descending=True)
        assert all_users[0]["id"] == root.id
        assert by_name == in_order(all_users, "full_name", descending=False)

    @pytest.mark.parametrize("by", ["created_at", "username"])
    async def test_finds_every_substring(
        self, client: httpx.AsyncClient, root: Person, by: str
    ) -> None:
        all_users = await list_users(client, root, limit=100)
        for text in SEARCHED:
            found = await list_users(client, root, search=text, sort_by=by, sort_order="desc")
            active = await list_users(client, root, search=text, sort_by=by, is_active=True)

            wanted = [user for user in all_users if matches(user, text)]
            assert found == in_order(wanted, by, descending=True), text
            assert {user["id"] for user in active} == {
                user["id"] for user in wanted if user["is_active"]
            }, text

    async def test_an_empty_search_finds_all_users(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        assert await list_users(client, root, search="") == await list_users(client, root)

    async def test_a_match_does_not_span_two_fields(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        assert await list_users(client, root, search="comada") == []

    @pytest.mark.parametrize("by", SORTS)
    async def test_inserts_do_not_shift_pages(
        self, client: httpx.AsyncClient, root: Person, database: Database, by: str
    ) -> None:
        before = await list_users(client, root, sort_by=by)
        first = await client.get(USERS, params={"limit": 30, "sort_by": by}, headers=root.headers)
        await database.execute(
            "INSERT INTO users.profile (id, email, username, full_name, role, created_at)"
            " VALUES ($1, 'a@a.de', '...', ' ', 'user', '1990-01-01Z')",
            new_id(),
        )

        cursor = first.json()["next_cursor"]
        second = await client.get(
            USERS, params={"limit": 100, "sort_by": by, "cursor": cursor}, headers=root.headers
        )

        found = first.json()["items"] + second.json()["items"]
        assert [user for user in found if user["email"] != "a@a.de"] == before


@pytest.mark.parametrize(
    ("full_name", "text"),
    [
        ("José Ñandú", "jose nandu"),
        ("Jose Nandu", "José"),
        ("JOSÉ", "jose"),
        ("Jose\u0301", "josé"),
        ("Łucja Øst", "lucja o"),
        ("Strauß", "strauss"),
        ("Strauss", "auß"),
        ("Œdipe", "œ"),
        ("İsmail", "ismail"),
        ("Νίκος", "νικος"),
    ],
)
@pytest.mark.parametrize("crowded", [False, True], ids=["near", "far"])
async def test_a_name_is_found_with_and_without_its_accents(
    client: httpx.AsyncClient,
    root: Person,
    database: Database,
    full_name: str,
    text: str,
    crowded: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    ada = await sign_up(client, full_name=full_name)
    if crowded:  # more newer users than a search scans before it uses the index
        await database.execute(
            "INSERT INTO users.profile (id, email, full_name, role)"
            " SELECT gen_random_uuid(), n || '@example.com', 'Q', 'user'"
            " FROM generate_series(1, 700) AS n"
        )

    query: dict[str, Any] = {"search": text, "limit": 2, "total": True}
    page = (await client.get(USERS, params=query, headers=root.headers)).json()

    assert [user["id"] for user in page["items"]] == [ada.id]
    assert page["total"] == 1


@pytest.mark.usefixtures("crowd")
class TestTotal:
    @pytest.mark.parametrize(
        "where",
        [
            {},
            {"role": "admin"},
            {"is_active": False},
            {"search": "e"},
            {"search": "émi", "role": "user"},
        ],
    )
    async def test_counts_what_matches_on_every_page(
        self, client: httpx.AsyncClient, root: Person, where: dict[str, Any]
    ) -> None:
        wanted = len(await list_users(client, root, **where))
        query: dict[str, Any] = {"limit": 1, "total": True} | where

        page = (await client.get(USERS, params=query, headers=root.headers)).json()
        query["cursor"] = page["next_cursor"]
        second = (await client.get(USERS, params=query, headers=root.headers)).json()

        assert wanted > 2
        assert (page["total"], second["total"]) == (wanted, wanted)

    async def test_is_omitted_unless_requested(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        assert "total" not in (await client.get(USERS, headers=root.headers)).json()


@pytest.mark.parametrize("path", ["", "?search=e&total=true", "/stats"])
async def test_a_cached_answer_is_not_sent_again(
    client: httpx.AsyncClient, root: Person, app: FastAPI, path: str
) -> None:
    first = await client.get(USERS + path, headers=root.headers)
    conditional = root.headers | {"If-None-Match": first.headers["etag"]}

    unchanged = await client.get(USERS + path, headers=conditional)
    await sign_up(client)
    await app.state.container.cache().set("users:stats", None, ttl=timedelta(minutes=1))
    changed = await client.get(USERS + path, headers=conditional)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    assert "no-transform" in first.headers["cache-control"]
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


class TestCursor:
    async def test_is_valid_for_its_order_and_filter_only(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        await sign_up(client)
        query: dict[str, Any] = {"limit": 1, "sort_by": "email", "search": "e"}
        page = await client.get(USERS, params=query, headers=root.headers)
        cursor = page.json()["next_cursor"]

        async def status(**changes: Any) -> int:
            params = query | {"cursor": cursor} | changes
            return (await client.get(USERS, params=params, headers=root.headers)).status_code

        assert await status() == 200
        assert await status(sort_order="desc") == 422
        assert await status(sort_by="full_name") == 422
        assert await status(search="E") == 422
        assert await status(role="user") == 422
        assert await status(is_active=True) == 422
        assert await status(cursor=cursor[:-2] + "AA") == 422

    @pytest.mark.parametrize(
        "query",
        [
            {"sort_by": "password_hash"},
            {"sort_order": "up"},
            {"role": "root"},
            {"is_active": "perhaps"},
            {"search": "x" * 101},
            {"search": "a\nb"},
            {"search": "\x00"},
            {"limit": 0},
            {"offset": 5},
        ],
    )
    async def test_an_invalid_query_names_its_parameter(
        self, client: httpx.AsyncClient, root: Person, query: dict[str, Any]
    ) -> None:
        answer = await client.get(USERS, params=query, headers=root.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"].startswith("query")
