"""The commands of manage.py, and the code that only they use."""
