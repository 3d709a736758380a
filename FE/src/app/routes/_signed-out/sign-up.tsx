import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

const SignUpForm = lazyPage(() => import("@/features/auth/components/SignUpForm"));

export const Route = createFileRoute("/_signed-out/sign-up")({
  head: () => titled("Sign up"),
  component: function SignUpPage() {
    const { then } = Route.useSearch();
    return <SignUpForm then={then} />;
  },
});
