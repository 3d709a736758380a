"""A JSON body must be strict JSON, and cheap to parse."""

import json
import math
from typing import Any

import pytest
from fastapi import Request
from hypothesis import example, given, settings
from hypothesis import strategies as st

from BE.core.exceptions import DomainError, UnsupportedMediaTypeError
from BE.core.http.json_bodies import MAX_VALUES, media_type, parse_json

MIB = 1024 * 1024


def request(content_type: str = "application/json") -> Request:
    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "headers": headers})


def refusal(body: bytes, **limits: int) -> tuple[int, str | None]:
    """The status, and the type of the first fault if there is one."""
    with pytest.raises(DomainError) as caught:
        parse_json(request(), body, **limits)
    return caught.value.status, next((detail.type for detail in caught.value.details), None)


def filled(item: bytes, size: int = MIB) -> bytes:
    return b"[" + b",".join([item] * (size // (len(item) + 1))) + b"]"


class Reference:
    """The same rules without shortcuts, for bodies of not too many values."""

    @classmethod
    def parse(cls, body: bytes) -> Any:
        value = json.loads(body.decode(), object_pairs_hook=cls._object)
        cls._check(value, depth=0)
        return value

    @staticmethod
    def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > 100 or len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    @classmethod
    def _check(cls, value: Any, *, depth: int) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError
        if isinstance(value, dict | list):
            if depth == 32:
                raise ValueError
            for child in value.values() if isinstance(value, dict) else value:
                cls._check(child, depth=depth + 1)


def parsed(parse: Any, *arguments: Any) -> str:
    try:
        return repr(parse(*arguments))
    except (DomainError, ValueError, RecursionError):
        return "refused"


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.sampled_from('a"\\[{,}]:é\ud800\x00\n1')),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab"\\,['), inner),
    max_leaves=60,
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON, often with a byte inserted or replaced."""
    text = json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()))
    body = bytearray(text.encode(errors="surrogatepass"))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(body)))
        replaced = draw(st.booleans())
        body[place : place + replaced] = draw(
            st.sampled_from([b'"', b"\\", b"[", b"]", b"{", b"}", b",", b":", b"1", b" ", b"\xff"])
        )
    return bytes(body)


@settings(max_examples=200)
@given(bodies())
@example(b'{"a": 1, "\\u0061": 2}')
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 32 + b"]" * 32)
@example(b"[" * 33 + b"]" * 33)
@example(b'["\\ud800"]')
def test_the_shortcuts_change_no_result(body: bytes) -> None:
    assert parsed(parse_json, request(), body) == parsed(Reference.parse, body)


@given(VALUES, st.integers(1, 30))
@example([",[{,[{"] * 9, 10)
@example([{'"': 1}, {"\\": [1, 2]}], 5)
def test_values_are_counted_exactly(value: Any, most: int) -> None:
    body = (
        json.dumps(value).encode() + b" " * 2 * most
    )  # too large for the shortcut of small bodies
    is_refused = False
    try:
        parse_json(request(), body, max_values=most)
    except DomainError as error:
        is_refused = "too_many_values" in {detail.type for detail in error.details}

    assert is_refused == (_count(value) > most)


def _count(value: Any) -> int:
    """The number of values; an empty list or object counts as two."""
    if not isinstance(value, dict | list):
        return 1
    children = value.values() if isinstance(value, dict) else value
    return 1 + (sum(map(_count, children)) or 1)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"[1] x", 400, None),
        (b'{"a": 1, "a": 1}', 400, None),
        (b'["\xff"]', 400, None),
        (b'["\xed\xa0\x80"]', 400, None),
        (b"\xef\xbb\xbf[]", 400, None),
        (b'["\t"]', 400, None),
        (b"[01]", 400, None),
        (b"[NaN]", 422, "finite_number"),
        (b"[-Infinity]", 422, "finite_number"),
        (b"[1e400]", 422, "finite_number"),
        (b"[" + b"9" * 21 + b"]", 422, "finite_number"),
        (b"[0." + b"1" * 100 + b"]", 422, "finite_number"),
        (b"[" * 33 + b"]" * 33, 422, "too_deep"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, 422, "too_deep"),
        (b"[" * MIB, 422, "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 422, "too_many_values"),
        (json.dumps(dict.fromkeys(map(str, range(101)))).encode(), 422, "too_many_fields"),
    ],
    ids=lambda value: f"{value[:12]!r} of {len(value)}" if isinstance(value, bytes) else "",
)
def test_an_invalid_body_is_refused_with_its_fault(
    body: bytes, status: int, kind: str | None
) -> None:
    assert refusal(body) == (status, kind)


@pytest.mark.parametrize(
    "item",
    [
        b"1",
        b"-1.5e3",
        b"[]",
        b"{}",
        b'""',
        b"null",
        b'{"a":1}',
        b'{"a":{}}',
        b'[["",{}]]',
        b'"\\""',
    ],
)
def test_a_body_of_too_many_values_is_not_decoded(
    item: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("BE.core.http.json_bodies._DECODER")

    assert refusal(filled(item)) == (422, "too_many_values")


def test_the_limit_of_values_is_exact() -> None:
    most = [1] * (MAX_VALUES - 1)  # the list is one as well
    padding = b" " * 2 * MAX_VALUES

    assert parse_json(request(), json.dumps(most).encode() + padding) == most
    assert refusal(json.dumps([*most, 1]).encode() + padding) == (422, "too_many_values")


@pytest.mark.parametrize("text", [",", "[", "{", '",', "\\", '\\",[', "é,", '"'])
def test_punctuation_in_strings_is_not_counted(text: str) -> None:
    value = {"items": [{"text": text * 10_000} for _ in range(10)]}

    assert parse_json(request(), json.dumps(value).encode()) == value


def test_a_caller_can_raise_the_limit() -> None:
    body = filled(b"1", 2 * 50_000)

    assert len(parse_json(request(), body, max_values=50_001)) == 50_000


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("text/csv", "text/csv"),
        ("", "text/plain"),
        ("json", "text/plain"),
    ],
)
def test_the_media_type_is_read_without_its_parameters(sent: str, found: str) -> None:
    assert media_type(request(sent)) == found


def test_another_media_type_is_refused() -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        parse_json(request("text/plain"), b"{}")
