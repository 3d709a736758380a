"""The map of the contexts and the page about each, as Markdown."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from BE.core.events import Delivery
from commands.context_facts import ContextFacts, PublishedEvent

DELIVERIES = {
    Delivery.IN_TRANSACTION: "in the transaction",
    Delivery.IN_TRANSACTION_TOGETHER: "in the transaction, together",
    Delivery.DURABLE: "durably",
    Delivery.DURABLE_IN_BATCHES: "durably, in batches",
    Delivery.DURABLE_OUTSIDE: "durably, outside",
}

LAYOUT = """\
%%{init: {"flowchart": {"wrappingWidth": 400, "nodeSpacing": 40, "rankSpacing": 60}}}%%"""

MOST_ON_AN_ARROW = 3

HEAD = """\
# Contexts

`python manage.py modules` writes this page from the code; a test compares both. To learn what a
context is made of, read [architecture.md](architecture.md); to add one, the
[README](../README.md#add-a-context).

"""

LEGEND = """
A solid arrow is an event, from its publisher to a subscriber. A dotted arrow is a question, from
the context that asks through its port to the context that answers.

| a subscriber receives | when |
|---|---|
| in the transaction | at once, in the publisher's transaction; a failure rolls back both |
| in the transaction, together | the same, with all events of one call |
| durably | after the commit, in any process; takes effect once; a failure is retried |
| durably, in batches | the same, in several transactions of the subscriber |
| durably, outside | the same, outside a transaction: may arrive twice, under one id |
"""


def page(contexts: Sequence[ContextFacts]) -> str:
    """Return the whole page."""
    sections = "\n".join("\n".join(_section(context, contexts)) for context in contexts)
    return f"{HEAD}{context_map(contexts)}{LEGEND}\n{sections}"


def context_map(contexts: Sequence[ContextFacts]) -> str:
    """Return the map as a block of Mermaid."""
    modules = [context for context in contexts if context.name != "core"]
    lines = list(map(_node, modules))
    for arrows in (_questions, _events):  # in this order the labels do not overlap
        for context in modules:
            lines += arrows(context)
    return "\n".join(
        [
            "```mermaid",
            LAYOUT,
            "flowchart LR",
            *(f"    {line}" for line in lines),
            "```",
            "",
        ]
    )


def _node(context: ContextFacts) -> str:
    receives_all = any(receipt.event is None for receipt in context.receipts)
    note = "<br/><i>receives every event</i>" if receives_all else ""
    return f'{context.name}["<b>{context.name}</b>{note}"]'


def _questions(context: ContextFacts) -> Iterator[str]:
    ports: dict[str, list[str]] = defaultdict(list)
    for question in context.questions:
        ports[question.answering_context].append(question.port)
    for answering, asked in ports.items():
        yield f'{context.name} -.->|"{_label(asked)}"| {answering}'


def _events(context: ContextFacts) -> Iterator[str]:
    names: dict[str, list[str]] = defaultdict(list)
    for receipt in context.receipts:
        if receipt.event and receipt.publisher not in {None, "core", context.name}:
            names[str(receipt.publisher)].append(receipt.event.name.partition(".")[2])
    for publisher, events in names.items():
        yield f'{publisher} -->|"{_label(events)}"| {context.name}'


def _label(names: Sequence[str]) -> str:
    """The labels of an arrow, once each; only the first of many, as the page has all."""
    different = [*dict.fromkeys(names)]
    if len(different) > MOST_ON_AN_ARROW:
        rest = len(different) - MOST_ON_AN_ARROW + 1
        different = [*different[: MOST_ON_AN_ARROW - 1], f"<i>{rest} more</i>"]
    return "<br/>".join(different)


def _section(context: ContextFacts, contexts: Sequence[ContextFacts]) -> Iterator[str]:
    yield from (f"## {context.name}", "")
    if context.summary:
        yield from (context.summary, "")
    tables = ", ".join(f"`{table}`" for table in context.tables) or "none"
    yield from (f"**Tables:** {tables}", "")
    yield from _table(
        "Tells users of what it holds",
        ("part", "what it is", "tables"),
        (
            (part.name, part.about, ", ".join(f"`{table}`" for table in part.tables))
            for part in context.held
        ),
    )
    yield from _table(
        "Leaves out",
        ("table", "what it is, and why"),
        ((f"`{table}`", sentence) for table, sentence in context.withheld.items()),
    )
    yield from _table(
        "Routes",
        ("path", "methods", "who may call"),
        ((f"`{route.path}`", ", ".join(route.methods), route.callers) for route in context.routes),
    )
    yield from _table(
        "Publishes",
        ("event", "fields", "received by"),
        (
            (f"`{event.type.type_name()}`", _fields(event), _receivers(event, contexts))
            for event in context.events
        ),
    )
    yield from _table(
        "Receives",
        ("event", "of", "handler", "how"),
        (
            (
                f"`{receipt.event.name}`" if receipt.event else "every event",
                receipt.publisher or "every context",
                f"`{receipt.handler}`",
                DELIVERIES[receipt.delivery],
            )
            for receipt in context.receipts
        ),
    )
    yield from _table(
        "Asks",
        ("port", "for", "answered by"),
        (
            (
                f"`{question.port}`",
                ", ".join(f"`{method}`" for method in question.methods),
                f"`{question.answering_class}` of {question.answering_context}",
            )
            for question in context.questions
        ),
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield from (f"**{title}**", "")
        yield f"| {' | '.join(columns)} |"
        yield "|---" * len(columns) + "|"
        yield from (*lines, "")


def _fields(event: PublishedEvent) -> str:
    return ", ".join(f"`{name}: {_type(kind)}`" for name, kind in event.fields.items())


def _type(kind: Any) -> str:
    """Return a type as it is written, with the bars escaped for a table."""
    if kind is type(None):
        return "None"
    if get_origin(kind) is Literal:
        return r" \| ".join(f'"{value}"' for value in get_args(kind))
    if isinstance(kind, type) and not get_args(kind):
        return kind.__name__
    return str(kind).replace("uuid.UUID", "UUID").replace("|", r"\|")


def _receivers(event: PublishedEvent, contexts: Sequence[ContextFacts]) -> str:
    return ", ".join(
        dict.fromkeys(
            context.name
            for context in contexts
            for receipt in context.receipts
            if receipt.event in {event.type, None}
        )
    )
