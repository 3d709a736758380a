import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

const SignUpForm = lazyPage(() => import("@/features/auth/components/SignUpForm"));

export const Route = createFileRoute("/_signed-out/sign-up")({
  head: () => ({ meta: [{ title: "Sign up · Bounded" }] }),
  component: function SignUpPage() {
    const { then } = Route.useSearch();
    return <SignUpForm then={then} />;
  },
});
