import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-out/forgot-password")({
  head: () => titled("Forgot your password?"),
  component: lazyPage(() => import("@/features/auth/components/ForgotPasswordForm")),
});
