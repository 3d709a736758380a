from uuid import uuid4

from BE.modules.flags.models import ForPercentage, ForTeams, ForUsers, Setting, Snapshot
from BE.modules.flags.repository import FlagRepository

ADA, BOB, TEAM = uuid4(), uuid4(), uuid4()
SETTING = Setting(
    (ForUsers((ADA, BOB), "red"), ForTeams((TEAM,), "blue"), ForPercentage(12.5, "grey")), "none"
)
OFF = Setting((), otherwise=False)


async def test_a_setting_is_read_as_it_was_written(flags: FlagRepository) -> None:
    for setting in (SETTING, OFF, Setting((), 3), Setting((), 0.5)):
        written = await flags.put("colour", setting, 2, ADA)

        assert (written.name, written.version, written.changed_by) == ("colour", 2, ADA)
        assert written.setting == setting
        assert type(written.setting.otherwise) is type(setting.otherwise)
        assert await flags.get("colour") == written
        assert await flags.all() == [written]


async def test_each_change_has_its_own_revision(flags: FlagRepository) -> None:
    assert (await flags.snapshot()).revision == 0
    assert [await flags.next_revision() for _ in range(3)] == [2, 3, 4]
    assert (await flags.snapshot()).revision == 4


async def test_a_snapshot_has_all_settings(flags: FlagRepository) -> None:
    await flags.put("colour", SETTING, await flags.next_revision(), ADA)
    await flags.put("trial", OFF, await flags.next_revision(), None)

    assert await flags.snapshot() == Snapshot(3, {"colour": SETTING, "trial": OFF})


async def test_a_removed_flag_is_not_found(flags: FlagRepository) -> None:
    await flags.put("trial", OFF, 2, ADA)
    await flags.remove("trial")
    await flags.remove("unknown")

    assert await flags.get("trial") is None
    assert await flags.all() == []


async def test_flags_that_name_a_user_are_found(flags: FlagRepository) -> None:
    await flags.put("named", SETTING, 2, TEAM)
    await flags.put("changed", OFF, 3, BOB)
    await flags.put("else", OFF, 4, ADA)

    assert [flag.name for flag in await flags.naming(BOB)] == ["changed", "named"]
    assert [flag.name for flag in await flags.naming(uuid4())] == []
