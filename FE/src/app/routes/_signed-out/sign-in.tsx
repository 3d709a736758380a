import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { loadWhenIdle } from "@/lib/parts";
import { titled } from "@/lib/product";

const SignInForm = lazyPage(() => import("@/features/auth/components/SignInForm"));

// loaded early, so that it shows after a sign-out without a network
loadWhenIdle(SignInForm.preload);

interface Search {
  /** Why the user came back from another provider without being signed in. */
  error?: string | undefined;
}

export const Route = createFileRoute("/_signed-out/sign-in")({
  validateSearch: ({ error }: Record<string, unknown>): Search => ({
    error: typeof error === "string" ? error : undefined,
  }),
  head: () => titled("Sign in"),
  component: function SignInPage() {
    const { error, then } = Route.useSearch();
    return <SignInForm failure={error} then={then} />;
  },
});
