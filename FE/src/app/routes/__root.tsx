import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, HeadContent, Outlet } from "@tanstack/react-router";

import type { Session } from "@/lib/api/session";
import { PRODUCT } from "@/lib/product";

interface RouterContext {
  queryClient: QueryClient;
  session: Session;
}

export const Route = createRootRouteWithContext<RouterContext>()({
  beforeLoad: ({ context }) => context.session.restore(),
  head: () => ({ meta: [{ title: PRODUCT }] }),
  component: () => (
    <>
      <HeadContent />
      <Outlet />
    </>
  ),
});
