"""Which role may grant which role, and to whom."""

from itertools import product

import pytest

from BE.core.security.team_roles import TeamRole
from BE.modules.teams.models import may_give, may_touch
from BE.modules.teams.service.teams import slug_of

ALL: tuple[TeamRole, ...] = ("viewer", "member", "admin", "owner")


@pytest.mark.parametrize("rule", [may_give, may_touch])
def test_admins_and_owners_manage_roles_up_to_their_own(rule: object) -> None:
    assert callable(rule)
    allowed = {(actor, other) for actor, other in product(ALL, ALL) if rule(actor, other)}

    assert allowed == {
        *(("admin", other) for other in ("viewer", "member", "admin")),
        *(("owner", other) for other in ALL),
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Analytical Engine", "analytical-engine"),
        ("  Équipe  №7!", "equipe-no7"),
        ("数学", "team"),
        ("-", "team"),
        ("x" * 100, "x" * 48),
        (f"{'x' * 47} y", "x" * 47),
    ],
)
def test_a_slug_is_derived_from_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug
