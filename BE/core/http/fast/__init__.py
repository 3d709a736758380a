"""The one door past FastAPI's documented API: it changes no answer, only what an answer costs.

``FAST_PATH=false`` switches it off. Only ``main.py`` imports it.
"""
