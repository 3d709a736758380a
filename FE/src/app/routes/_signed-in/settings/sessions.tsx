import { createFileRoute } from "@tanstack/react-router";

import { SessionList } from "@/features/auth/components/SessionList";

export const Route = createFileRoute("/_signed-in/settings/sessions")({
  component: SessionList,
});
