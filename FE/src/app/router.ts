import { createRouter } from "@tanstack/react-router";

import { ErrorPage } from "@/components/ErrorPage";
import { NotFoundPage } from "@/components/NotFoundPage";
import { BASE_PATH } from "@/lib/api/base";
import { session } from "@/lib/api/client";

import { queryClient } from "./queries";
import { routeTree } from "./routeTree.gen";

export const router = createRouter({
  routeTree,
  basepath: BASE_PATH || "/",
  context: { queryClient, session },
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  defaultPreload: "intent",
  // Query caches what was loaded
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// a sign-out leaves the pages that require a user, and a sign-in those that require none
session.subscribe(() => void router.invalidate());
document.addEventListener("visibilitychange", () => session.wakeUp());
addEventListener("online", () => session.wakeUp());
