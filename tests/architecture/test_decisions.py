"""The index of decisions matches the records."""

import re
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "docs/adr"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
INDEX = (DECISIONS / "README.md").read_text().splitlines()


def row(record: Path) -> str:
    """Return the start of a record's row in the index."""
    text = record.read_text()
    heading = re.match(r"# (\d+)\. (.+)\n", text)
    status = re.search(r"^Status: (.+)$", text, re.MULTILINE)
    assert heading, f"{record.name} begins with '# NUMBER. TITLE'"
    assert status, f"{record.name} has a line 'Status: accepted'"
    number, title = heading.groups()
    assert int(number) == int(record.name[:4]), f"{record.name} has another number in its heading"
    return f"| [{number}]({record.name}) | {title} | {status[1]} | "


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_the_index_lists_each_record_with_its_title_and_status(record: Path) -> None:
    start = row(record)
    rows = [line for line in INDEX if line.startswith(start) and len(line) > len(start) + 3]

    assert rows, f"add a row with a one-line decision to docs/adr/README.md: {start}… |"


def test_the_index_has_no_duplicate_and_no_deleted_record() -> None:
    linked = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", "\n".join(INDEX))

    assert linked == [record.name for record in RECORDS]
