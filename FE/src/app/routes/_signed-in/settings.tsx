import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/settings")({
  head: () => titled("Settings"),
  component: lazyPage(() => import("../../shell/SettingsLayout")),
});
