"""Shortcuts past FastAPI that change no answer, only what it costs."""
