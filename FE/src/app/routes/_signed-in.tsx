import { createFileRoute, redirect } from "@tanstack/react-router";

import { TaskConflicts } from "@/features/tasks/components/TaskConflicts";

import { Shell } from "../shell/Shell";

export const Route = createFileRoute("/_signed-in")({
  beforeLoad: ({ context, location }) => {
    const { status } = context.session.state;
    if (status !== "signed-in")
      throw redirect({ to: "/sign-in", search: { then: location.href }, replace: true });
  },
  component: () => (
    <>
      <Shell />
      <TaskConflicts />
    </>
  ),
});
