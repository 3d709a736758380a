import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

const SecurityPage = lazyPage(() => import("@/features/auth/components/SecurityPage"));

interface Search {
  /** Why the user came back from a provider without linking it. */
  error?: string | undefined;
}

export const Route = createFileRoute("/_signed-in/settings/security")({
  validateSearch: ({ error }: Record<string, unknown>): Search => ({
    error: typeof error === "string" ? error : undefined,
  }),
  component: function SecuritySettings() {
    const { error } = Route.useSearch();
    return <SecurityPage failure={error} />;
  },
});
