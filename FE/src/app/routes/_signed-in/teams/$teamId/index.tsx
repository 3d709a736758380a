import { createFileRoute, redirect } from "@tanstack/react-router";

import { TEAM_PAGES } from "../../../../shell/Navigation";

export const Route = createFileRoute("/_signed-in/teams/$teamId/")({
  beforeLoad: ({ params }) => {
    throw redirect({ to: TEAM_PAGES[0]?.to ?? "/", params, replace: true });
  },
});
