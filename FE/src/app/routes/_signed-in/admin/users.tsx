import { createFileRoute } from "@tanstack/react-router";

import { UsersPage } from "@/features/users/components/UsersPage";
import { userSearchOf } from "@/features/users/search";

export const Route = createFileRoute("/_signed-in/admin/users")({
  head: () => ({ meta: [{ title: "Users · Bounded" }] }),
  validateSearch: userSearchOf,
  component: UsersPage,
});
