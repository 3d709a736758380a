import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-out/forgot-password")({
  head: () => ({ meta: [{ title: "Forgot your password? · Bounded" }] }),
  component: lazyPage(() => import("@/features/auth/components/ForgotPasswordForm")),
});
