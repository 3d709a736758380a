import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-out/sign-up")({
  head: () => ({ meta: [{ title: "Sign up · Bounded" }] }),
  component: lazyPage(() => import("@/features/auth/components/SignUpForm")),
});
