import { createFileRoute, redirect } from "@tanstack/react-router";

import { TaskConflicts } from "@/features/tasks/components/TaskConflicts";

import { Shell } from "../shell/Shell";

export const Route = createFileRoute("/_signed-in")({
  codeSplitGroupings: [],
  beforeLoad: ({ context, location }) => {
    const { status, reason } = context.session.state;
    if (status === "signed-in") return;
    // who signs out takes their pages along
    const search = reason === "left" || reason === "deleted" ? {} : { then: location.href };
    throw redirect({ to: "/sign-in", search, replace: true });
  },
  component: () => (
    <>
      <Shell />
      <TaskConflicts />
    </>
  ),
});
