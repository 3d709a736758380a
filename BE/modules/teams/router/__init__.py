"""The routes of teams."""

from BE.modules.teams.router import invitations, teams

routers = (teams.router, invitations.of_team, invitations.router)
