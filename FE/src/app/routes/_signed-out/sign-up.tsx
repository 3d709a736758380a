import { createFileRoute } from "@tanstack/react-router";

import { SignUpForm } from "@/features/auth/components/SignUpForm";

export const Route = createFileRoute("/_signed-out/sign-up")({
  head: () => ({ meta: [{ title: "Sign up · Bounded" }] }),
  component: SignUpForm,
});
