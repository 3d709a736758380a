"""The one use of FastAPI's undocumented API: it changes no answer, only its cost.

``FAST_PATH=false`` switches it off. Only ``main.py`` imports it.
"""
