import { createFileRoute, redirect } from "@tanstack/react-router";

import { EntryLayout } from "../shell/EntryLayout";

interface Search {
  /** The page that somebody wanted to see. */
  then?: string;
}

export const Route = createFileRoute("/_signed-out")({
  validateSearch: ({ then }: Record<string, unknown>): Search =>
    // a path of this application: never another host
    typeof then === "string" && /^\/(?![/\\])/.test(then) ? { then } : {},
  beforeLoad: ({ context, search }) => {
    if (context.session.state.status === "signed-in")
      throw redirect({ to: search.then ?? "/", replace: true });
  },
  component: EntryLayout,
});
