"""The command line. ``python manage.py --help`` lists it."""

import gc

from BE.core.server.signals import exit_on_stop_signals

# What imports make stays, so to look for garbage in it takes a seventh of the start for nothing.
gc.set_threshold(100_000)

if __name__ == "__main__":
    # Before the imports below take half a second: the kernel drops the SIGTERM of a container's
    # process 1 as long as the process does not handle it.
    exit_on_stop_signals()

    from commands.command_line import cli

    cli()
