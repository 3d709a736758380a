import { createFileRoute, redirect } from "@tanstack/react-router";

export const Route = createFileRoute("/_signed-in/teams/$teamId/")({
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/teams/$teamId/members", params, replace: true });
  },
});
