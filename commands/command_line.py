"""The command line: ``python manage.py --help`` lists the commands."""

import typer

from BE.core.product import NAME
from commands.audit import audit
from commands.contexts.adding import new_context
from commands.contexts.removing import remove_context
from commands.contract import contract
from commands.create_admin import create_admin
from commands.database import backup, migrate, restore
from commands.develop import develop
from commands.doctor import doctor
from commands.drill import drill
from commands.events import events
from commands.jobs import jobs
from commands.log_digest import log_digest
from commands.modules import modules
from commands.new_migration import new_migration
from commands.openapi import openapi
from commands.product import rename, upgrade
from commands.remove_second_factor import remove_second_factor
from commands.serve import serve
from commands.work import work

cli = typer.Typer(
    help=f"{NAME}'s command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    serve,
    work,
    develop,
    migrate,
    new_migration,
    create_admin,
    remove_second_factor,
    openapi,
    contract,
    backup,
    restore,
    drill,
    doctor,
    log_digest,
    modules,
    new_context,
    remove_context,
    rename,
    upgrade,
):
    cli.command()(command)
cli.add_typer(events, name="events")
cli.add_typer(jobs, name="jobs")
cli.add_typer(audit, name="audit")
