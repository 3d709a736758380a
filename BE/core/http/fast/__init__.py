"""Shortcuts past FastAPI that change no answer. Deleting this package changes speed alone."""
