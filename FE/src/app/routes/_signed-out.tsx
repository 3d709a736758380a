import { createFileRoute, redirect } from "@tanstack/react-router";

import { EntryLayout } from "../shell/EntryLayout";

interface Search {
  /** The page that the user wanted to see. */
  then?: string | undefined;
}

export const Route = createFileRoute("/_signed-out")({
  validateSearch: ({ then }: Record<string, unknown>): Search => ({
    then: typeof then === "string" && isOwnPath(then) ? then : undefined,
  }),
  beforeLoad: ({ context, search }) => {
    if (context.session.state.status === "signed-in")
      throw redirect({ href: search.then ?? "/", replace: true });
  },
  component: EntryLayout,
});

/** Whether a path stays in this application, as a browser reads it: `//host` and `/\\host` leave. */
function isOwnPath(path: string): boolean {
  return path.startsWith("/") && new URL(path, location.origin).origin === location.origin;
}
