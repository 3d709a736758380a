"""The one use of FastAPI's undocumented API: it changes no answer, only what an answer costs.

``FAST_PATH=false`` switches it off. Only ``main.py`` imports it.
"""
