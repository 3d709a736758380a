"""Flags: the values that users get, and how admins set them."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.flags import AnyFlag
from BE.modules.flags.models import Setting, id_of
from tests.support.client import Person, etag_of, sign_up
from tests.support.events import eventually
from tests.support.flags.api import (
    FLAGS,
    OFF,
    ON,
    SETTINGS,
    path_of,
    percentage,
    put,
    setting,
    teams,
    users,
    value,
)
from tests.support.specimen.wiring import COLOUR, MOST, TRIAL, WEIGHT
from tests.support.teams.api import create, join
from tests.support.teams.api import path_of as path_of_team

DEFAULTS = {
    "specimen_trial": False,
    "specimen_colour": "red",
    "specimen_most": 3,
    "specimen_weight": 0.5,
}


async def test_a_flag_has_its_default_until_it_is_set(
    client: httpx.AsyncClient, ada: Person
) -> None:
    values = (await client.get(FLAGS, headers=ada.headers)).json()["values"]

    assert values | DEFAULTS == values


@pytest.mark.parametrize(("flag", "given"), [(TRIAL, True), (COLOUR, "blue"), (MOST, 7)])
async def test_a_set_value_applies_to_every_user(
    client: httpx.AsyncClient, root: Person, ada: Person, flag: AnyFlag, given: Any
) -> None:
    await put(client, root, flag, setting(given))

    assert await value(client, ada, flag) == given


async def test_a_number_may_be_whole(client: httpx.AsyncClient, root: Person, ada: Person) -> None:
    await put(client, root, WEIGHT, setting(2))

    assert await value(client, ada, WEIGHT) == 2


async def test_rules_apply_in_their_order(
    client: httpx.AsyncClient, root: Person, ada: Person, bob: Person
) -> None:
    team = await create(client, bob)
    rules = (users("blue", ada), teams("grey", team), percentage("red", 100))
    await put(client, root, COLOUR, setting("blue", *rules))

    assert await value(client, ada, COLOUR) == "blue"
    assert await value(client, bob, COLOUR) == "grey"
    assert await value(client, root, COLOUR) == "red"


async def test_a_rule_for_a_team_applies_to_its_current_members(
    client: httpx.AsyncClient, root: Person, ada: Person, bob: Person, database: Database
) -> None:
    team = await create(client, ada)
    await put(client, root, TRIAL, setting(OFF, teams(ON, team)))
    before = await value(client, bob, TRIAL)
    await join(database, team, bob, "viewer")
    during = await value(client, bob, TRIAL)
    await client.delete(path_of_team(team, bob), headers=bob.headers)
    after = await value(client, bob, TRIAL)

    assert [before, during, after] == [False, True, False]


async def test_a_cached_answer_is_not_sent_again(
    client: httpx.AsyncClient, root: Person, ada: Person
) -> None:
    first = await client.get(FLAGS, headers=ada.headers)
    conditional = {**ada.headers, "If-None-Match": first.headers["etag"]}
    again = await client.get(FLAGS, headers=conditional)
    await put(client, root, TRIAL, setting(ON))
    changed = await client.get(FLAGS, headers=conditional)

    assert [again.status_code, changed.status_code] == [304, 200]


async def test_admins_see_the_declaration_and_the_setting(
    client: httpx.AsyncClient, root: Person, ada: Person
) -> None:
    rule = users("blue", ada)
    answer = await client.put(path_of(COLOUR), json=setting("grey", rule), headers=root.headers)
    changed = answer.json()

    assert answer.headers["etag"] == etag_of(str(id_of(COLOUR.name)), changed["version"])
    assert changed | {"version": 0, "changed_at": ""} == {
        "name": "specimen_colour",
        "state": "set",
        "context": "specimens",
        "about": "How they look",
        "kind": "string",
        "default": "red",
        "variants": ["red", "blue", "grey"],
        "rules": [rule],
        "otherwise": "grey",
        "version": 0,
        "changed_at": "",
        "changed_by": root.id,
    }
    assert (await client.get(path_of(COLOUR), headers=root.headers)).json() == changed
    listed = (await client.get(SETTINGS, headers=root.headers)).json()["items"]
    assert changed in listed
    assert {flag["state"] for flag in listed if flag != changed} == {"default"}


async def test_a_change_needs_the_current_version(client: httpx.AsyncClient, root: Person) -> None:
    at = {**root.headers, "If-Match": etag_of(str(id_of(TRIAL.name)), 1)}
    first = await client.put(path_of(TRIAL), json=setting(ON), headers=at)
    stale = await client.put(path_of(TRIAL), json=setting(OFF), headers=at)
    stale_delete = await client.delete(path_of(TRIAL), headers=at)

    assert [first.status_code, stale.status_code, stale_delete.status_code] == [200, 412, 412]
    assert stale.headers["etag"] == first.headers["etag"]
    assert (await client.get(path_of(TRIAL), headers=root.headers)).json() == first.json()


async def test_deleting_a_setting_restores_the_default(
    client: httpx.AsyncClient, root: Person, ada: Person
) -> None:
    await put(client, root, TRIAL, setting(ON))
    deleted = await client.delete(path_of(TRIAL), headers=root.headers)
    again = await client.delete(path_of(TRIAL), headers=root.headers)
    flag = (await client.get(path_of(TRIAL), headers=root.headers)).json()

    assert [deleted.status_code, again.status_code] == [204, 204]
    assert (flag["state"], flag["version"], flag["otherwise"]) == ("default", 1, None)
    assert await value(client, ada, TRIAL) is False


async def test_an_undeclared_flag_is_not_found(client: httpx.AsyncClient, root: Person) -> None:
    path = f"{SETTINGS}/unknown"
    answers = [
        await client.get(path, headers=root.headers),
        await client.put(path, json=setting(ON), headers=root.headers),
        await client.delete(path, headers=root.headers),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3


async def test_the_setting_of_a_removed_flag_can_be_deleted(
    app: FastAPI, client: httpx.AsyncClient, root: Person, ada: Person
) -> None:
    path = f"{SETTINGS}/former"
    repository = app.state.container.flag_repository()
    await repository.put("former", Setting((), otherwise=True), 2, None)
    await app.state.container.flag_snapshots().load()
    found = (await client.get(path, headers=root.headers)).json()
    values = (await client.get(FLAGS, headers=ada.headers)).json()["values"]
    listed = (await client.get(SETTINGS, headers=root.headers)).json()["items"]
    deleted = await client.delete(path, headers=root.headers)

    assert (found["state"], found["kind"], found["otherwise"]) == ("unknown", None, True)
    assert "former" not in values
    assert listed[-1] == found
    assert deleted.status_code == 204
    assert (await client.get(path, headers=root.headers)).status_code == 404


async def test_a_setting_that_no_longer_fits_is_ignored(
    app: FastAPI, client: httpx.AsyncClient, root: Person, ada: Person
) -> None:
    repository = app.state.container.flag_repository()
    await repository.put(COLOUR.name, Setting((), "purple"), 2, None)
    await app.state.container.flag_snapshots().load()

    assert await value(client, ada, COLOUR) == "red"
    found = (await client.get(path_of(COLOUR), headers=root.headers)).json()
    assert (found["state"], found["otherwise"]) == ("unfit", "purple")


@pytest.mark.parametrize(
    ("flag", "body", "fields"),
    [
        (TRIAL, setting("yes"), {"body.otherwise"}),
        (TRIAL, setting(1), {"body.otherwise"}),
        (MOST, setting(1.5), {"body.otherwise"}),
        (COLOUR, setting("green", percentage(ON, 5)), {"body.otherwise", "body.rules.0.value"}),
        (TRIAL, setting(None), {"body.otherwise"}),
        (TRIAL, setting({}), {"body.otherwise"}),
        (TRIAL, setting(ON, percentage(ON, 100.5)), {"body.rules.0.percentage"}),
        (TRIAL, setting(ON, percentage(ON, -1)), {"body.rules.0.percentage"}),
        (TRIAL, setting(ON, {"kind": "users", "value": ON}), {"body.rules.0.ids"}),
        (TRIAL, setting(ON, users(ON)), {"body.rules.0.ids"}),
        (TRIAL, setting(ON, {"kind": "country", "value": ON}), {"body.rules.0"}),
        (TRIAL, setting(ON, percentage(ON, 5) | {"ids": []}), {"body.rules.0.ids"}),
        (TRIAL, setting(ON, *[percentage(ON, 5)] * 21), {"body.rules"}),
        (TRIAL, {"rules": []}, {"body.otherwise"}),
        (COLOUR, setting("a" * 501), {"body.otherwise"}),
        (MOST, setting(2**53), {"body.otherwise"}),
    ],
)
async def test_an_invalid_setting_is_refused_with_its_field(
    client: httpx.AsyncClient, root: Person, flag: AnyFlag, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await client.put(path_of(flag), json=body, headers=root.headers)

    assert answer.status_code == 422, answer.text
    assert {detail["field"] for detail in answer.json()["details"]} == fields


async def test_the_audit_trail_names_the_admin_but_no_users_of_a_rule(
    client: httpx.AsyncClient, root: Person, ada: Person, database: Database
) -> None:
    await put(client, root, TRIAL, setting(OFF, users(ON, ada), percentage(ON, 12.5)))
    await client.delete(path_of(TRIAL), headers=root.headers)
    params = {"actor_id": root.id, "subject_id": str(id_of(TRIAL.name))}

    async def is_recorded() -> bool:
        answer = await client.get("/api/v1/audit", params=params, headers=root.headers)
        return [
            (entry["actor_id"], entry["data"]["rules"]) for entry in answer.json()["items"]
        ] == [
            (root.id, "back to the default"),
            (root.id, "1 by name: true; 12.5 %: true; otherwise: false"),
        ]

    await eventually(is_recorded)


async def test_rules_no_longer_name_a_deleted_user(
    client: httpx.AsyncClient, root: Person, ada: Person, bob: Person
) -> None:
    await put(client, root, TRIAL, setting(OFF, users(ON, ada, bob)))
    await put(client, root, COLOUR, setting("red", users("blue", ada)))
    await client.delete(f"/api/v1/users/{ada.id}", headers=root.headers)
    items = (await client.get(SETTINGS, headers=root.headers)).json()["items"]
    found = {flag["name"]: flag["rules"] for flag in items if flag["state"] == "set"}

    assert found == {"specimen_trial": [users(ON, bob)], "specimen_colour": []}
    assert await value(client, bob, TRIAL) is True


async def test_personal_data_have_the_settings_that_concern_the_user(
    app: FastAPI, client: httpx.AsyncClient, root: Person
) -> None:
    bob = await sign_up(client)
    await put(client, root, TRIAL, setting(OFF, users(ON, bob)))
    repository = app.state.container.flag_repository()
    batches = [rows async for rows in repository.held(UUID(bob.id))]
    of_admin = [rows async for rows in repository.held(UUID(root.id))]
    of_unknown = [rows async for rows in repository.held(uuid4())]

    assert batches == [[{"flag": TRIAL.name, "changed_by_you_at": None, "names_you": True}]]
    assert [row["names_you"] for row in of_admin[0]] == [False]
    assert of_unknown == [[]]
