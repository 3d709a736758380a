import { createFileRoute } from "@tanstack/react-router";

import { ForgotPasswordForm } from "@/features/auth/components/ForgotPasswordForm";

export const Route = createFileRoute("/_signed-out/forgot-password")({
  head: () => ({ meta: [{ title: "Forgot your password? · Bounded" }] }),
  component: ForgotPasswordForm,
});
