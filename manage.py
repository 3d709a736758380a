"""The command line. ``python manage.py --help`` lists it."""

import gc

from BE.core.server.signals import exit_on_stop_signals

# Imported objects stay, so collecting garbage among them wastes a seventh of the start.
gc.set_threshold(100_000)

if __name__ == "__main__":
    # Before the imports below take half a second: the kernel drops the SIGTERM of a container's
    # process 1 as long as the process does not handle it.
    exit_on_stop_signals()

    from commands.command_line import cli

    cli()
