"""Compares a page of a team's tasks with one of a user's own, by the server's processor time.

``python -m benchmarks.team_pages [--rounds 9]`` starts a PostgreSQL and a server with one worker
and the settings of production. A hundred users have a team each, with as many tasks as a page of
their own. Both pages are requested in turn, 2 000 times in each round.
"""

import argparse
import asyncio
import statistics
from itertools import cycle

import httpx

from benchmarks.closed_loop import request
from benchmarks.compared import Server
from benchmarks.speed import API, User, postgres, seed
from benchmarks.under_load import pages, serving

REQUESTS = 2000


async def team_of(server: Server, user: User) -> str:
    """The id of a new team that has the tasks of the user's first page."""
    headers = {"Authorization": f"Bearer {user.token}"}
    url = f"http://127.0.0.1:{server.port}{API}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        made = await client.post("/teams", json={"name": "Engine"})
        team = made.raise_for_status().json()["id"]
        page = await client.get("/tasks?limit=20")
        for task in page.raise_for_status().json()["items"]:
            body = {name: task[name] for name in ("title", "description", "due_at", "tags")}
            (await client.post(f"/teams/{team}/tasks", json=body)).raise_for_status()
    return str(team)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    async with postgres() as (_, dsn):
        users = await seed(dsn)
        with serving(dsn, workers=1) as server:
            teams = cycle([(user, await team_of(server, user)) for user in users])

            def of_team() -> bytes:
                user, team = next(teams)
                return request("GET", f"{API}/teams/{team}/tasks", user.token)

            own = pages(users)
            for make in (own, of_team):
                await server.run(make, REQUESTS // 4)
            ratios = []
            for _ in range(rounds):
                own_run, team_run = [await server.run(make, REQUESTS) for make in (own, of_team)]
                ratios.append(team_run.cpu / own_run.cpu)
                print(f"own {own_run.cpu:.0f} µs, a team's {team_run.cpu:.0f}: {ratios[-1]:.2f} ×")
    least, most = min(ratios), max(ratios)
    print(f"a team's page {statistics.median(ratios):.2f} × a user's ({least:.2f}–{most:.2f})")


if __name__ == "__main__":
    asyncio.run(main())
