import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/admin/flags")({
  head: () => titled("Flags"),
  component: lazyPage(() => import("@/features/flags/components/FlagsPage")),
});
