from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from BE.core.events import Delivery, Event
from BE.core.personal_data import Held, Rows
from commands.context_facts import ContextFacts, PublishedEvent, Question, Receipt, Route
from commands.context_page import context_map, page


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLent(Event):
    name = "book.lent"

    book_id: UUID


async def _read_nothing(_: object, __: UUID) -> Rows:
    return
    yield


FIELDS = {"book_id": UUID, "to": UUID | None, "kind": Literal["loan", "gift"]}
SHELVES = ContextFacts(
    name="shelves",
    summary="Books and where they are.",
    tables=["shelves.book"],
    held=[
        Held(name="loans", about="What you borrowed", tables=("shelves.loan",), read=_read_nothing)
    ],
    withheld={"shelves.card": "Your card, as a digest"},
    routes=[Route("/api/v1/books", ["GET", "POST"], "signed-in users")],
    events=[PublishedEvent(BookLent, FIELDS)],
    receipts=[],
    questions=[],
)
READERS = replace(
    SHELVES,
    name="readers",
    tables=[],
    held=[],
    withheld={},
    routes=[],
    events=[],
    receipts=[Receipt(BookLent, "shelves", "ReaderService.on_book_lent", Delivery.DURABLE)],
    questions=[Question("Books", ["find"], "BookService", "shelves")],
)
DIARY = replace(
    READERS, name="diary", receipts=[Receipt(None, None, "Diary.on_events", Delivery.DURABLE)]
)


def test_a_solid_arrow_leads_from_the_publisher_to_the_subscriber() -> None:
    assert 'shelves -->|"lent"| readers' in context_map([SHELVES, READERS])


def test_an_arrow_names_each_event_once_and_shortens_a_long_list() -> None:
    class BookBound(Event):
        name = "book.bound"

    class BookSold(Event):
        name = "book.sold"

    class BookLost(Event):
        name = "book.lost"

    types = [BookLent, BookLent, BookBound, BookSold, BookLost]
    receipts = [Receipt(event_type, "shelves", "on", Delivery.DURABLE) for event_type in types]
    readers = replace(READERS, receipts=receipts[:4])
    collectors = replace(READERS, name="collectors", receipts=receipts)

    drawn = context_map([SHELVES, readers, collectors])

    assert 'shelves -->|"lent<br/>bound<br/>sold"| readers' in drawn
    assert 'shelves -->|"lent<br/>bound<br/><i>2 more</i>"| collectors' in drawn


def test_a_dotted_arrow_leads_from_the_querying_context_to_the_queried_one() -> None:
    assert 'readers -.->|"Books"| shelves' in context_map([SHELVES, READERS])


def test_a_subscriber_to_every_event_has_a_note_instead_of_arrows() -> None:
    drawn = context_map([SHELVES, DIARY])

    assert "<b>diary</b><br/><i>receives every event</i>" in drawn
    assert "-->|" not in drawn.replace("-.->|", "")


def test_a_context_s_own_event_has_no_arrow() -> None:
    alone = replace(SHELVES, receipts=[Receipt(BookLent, "shelves", "it", Delivery.DURABLE)])

    assert "-->" not in context_map([alone])


def test_the_bars_of_a_type_are_escaped_in_a_table_cell() -> None:
    row = next(line for line in page([SHELVES]).splitlines() if line.startswith("| `book.lent@1`"))

    assert r'`to: UUID \| None`, `kind: "loan" \| "gift"`' in row


def test_an_event_names_its_subscribers() -> None:
    assert page([SHELVES, READERS, DIARY]).count("| readers, diary |") == 1


def test_a_context_without_routes_has_no_table_of_routes() -> None:
    assert "**Routes**" not in page([READERS])
    assert "**Routes**" in page([SHELVES])


def test_a_context_lists_exported_and_withheld_data() -> None:
    lines = page([SHELVES]).splitlines()

    assert "| loans | What you borrowed | `shelves.loan` |" in lines
    assert "| `shelves.card` | Your card, as a digest |" in lines
