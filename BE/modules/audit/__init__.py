"""A chained record of every event, which admins read and operators verify."""
