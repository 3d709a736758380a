import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/sample-notes")({
  head: () => titled("Sample notes"),
  component: lazyPage(() => import("@/features/sample-notes/components/SampleNotesPage")),
});
