"""Tables for the tests of query plans: see tests/support/plans.py."""

SMALL = {"flags.flag", "flags.revision"}
