import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/settings/profile")({
  component: lazyPage(() => import("@/features/users/components/ProfilePage")),
});
