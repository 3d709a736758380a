"""The shared kernel: all contexts use it, and it knows no domain. Its packages are layered."""
