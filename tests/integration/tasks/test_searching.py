import httpx
import pytest

from tests.support.client import Person
from tests.support.tasks.api import TASKS, create


@pytest.mark.parametrize(
    ("title", "q"),
    [
        ("Zürich", "zurich"),
        ("Zurich", "zürich"),
        ("ZU\u0308RICH", "Zürich"),
        ("Crème brûlée", "creme brul"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorre"),
        ("Straße", "strasse"),
        ("Strasse", "straß"),
        ("Œuvre", "oeuvre"),
        ("İstanbul", "istanbul"),
        ("Việt Nam", "viet"),
        ("Ångström", "angstrom"),
        ("Ελλάδα", "ελλαδα"),
        ("ガーデン", "ガーデン"),
        ("ｶﾞｰﾃﾞﾝ", "ガーデン"),
    ],
)
async def test_a_word_is_found_with_and_without_its_accents(
    client: httpx.AsyncClient, ada: Person, title: str, q: str
) -> None:
    await create(client, ada, title=title)
    await create(client, ada, title="other", description=f"see ({title})")

    answer = await client.get(TASKS, params={"q": q}, headers=ada.headers)

    assert len(answer.json()["items"]) == 2


async def test_marks_that_make_another_letter_are_no_accents(
    client: httpx.AsyncClient, ada: Person
) -> None:
    await create(client, ada, title="カーテン")

    answer = await client.get(TASKS, params={"q": "ガーデン"}, headers=ada.headers)

    assert answer.json()["items"] == []
