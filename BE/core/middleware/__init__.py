"""What happens to every request: pure ASGI, the outermost one is added last in main.py."""
