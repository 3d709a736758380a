"""The contents of the files in an export."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from BE.core.database.row_ids import row_id_text
from BE.core.personal_data import Part

_EXPLANATION = """\
Everything that {application} holds about you
{rule}

It was put together on {day} at {time} UTC. All files show the same moment.
Keep this file as you keep your passwords: whoever has it knows all of this.

Each file is JSON, which any text editor opens: a list with an entry on each line. Times are in UTC.

{parts}

Held as well, and left out:

{withheld}

No file contains a password, a token or a key. Of these only digests are kept, which nobody can turn
back and which would help only somebody who wants to guess them.
"""


def explanation(
    application: str, parts: Iterable[Part], withheld: Iterable[str], now: datetime
) -> bytes:
    """Explain in plain words what the files contain."""
    title = f"Everything that {application} holds about you"
    return _EXPLANATION.format(
        application=application,
        rule="=" * len(title),
        day=f"{now.day} {now:%B %Y}",
        time=f"{now.astimezone(UTC):%H:%M}",
        parts="\n".join(f"{part.name}.json\n    {part.about}." for part in parts),
        withheld="\n".join(f"- {sentence}." for sentence in withheld),
    ).encode()


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as items of a JSON array, each on a line of its own."""
    return b",\n".join(orjson.dumps(dict(row), row_id_text, orjson.OPT_UTC_Z) for row in rows)
