import { createFileRoute } from "@tanstack/react-router";

import { SignInForm } from "@/features/auth/components/SignInForm";

export const Route = createFileRoute("/_signed-out/sign-in")({
  head: () => ({ meta: [{ title: "Sign in · Bounded" }] }),
  component: SignInForm,
});
