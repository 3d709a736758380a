"""The commands of manage.py, and what only they run."""
