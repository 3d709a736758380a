import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { userSearchOf } from "@/features/users/search";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/admin/users")({
  head: () => titled("Users"),
  validateSearch: userSearchOf,
  component: lazyPage(() => import("@/features/users/components/UsersPage")),
});
