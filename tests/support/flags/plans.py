"""What the tests of plans need to know of these tables: see tests/support/plans.py."""

SMALL = {"flags.flag", "flags.revision"}
