import { useParams } from "@tanstack/react-router";

/** The route of the tasks that are shown: the user's own, or those of the open team. */
export function useTasksAddress() {
  const { teamId } = useParams({ strict: false });
  return teamId === undefined
    ? ({ to: "/" } as const)
    : ({ to: "/teams/$teamId/tasks", params: { teamId } } as const);
}
