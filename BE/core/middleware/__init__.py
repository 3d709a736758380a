"""Middleware for every request, in pure ASGI. main.py adds the outermost one last."""
