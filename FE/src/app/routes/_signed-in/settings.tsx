import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/settings")({
  head: () => ({ meta: [{ title: "Settings · Bounded" }] }),
  component: lazyPage(() => import("../../shell/SettingsLayout")),
});
