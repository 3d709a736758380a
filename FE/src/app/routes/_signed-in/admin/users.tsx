import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { userSearchOf } from "@/features/users/search";

export const Route = createFileRoute("/_signed-in/admin/users")({
  head: () => ({ meta: [{ title: "Users · Bounded" }] }),
  validateSearch: userSearchOf,
  component: lazyPage(() => import("@/features/users/components/UsersPage")),
});
