import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { loadWhenIdle } from "@/lib/parts";

const SignInForm = lazyPage(() => import("@/features/auth/components/SignInForm"));

// who signs out without a network sees it too
loadWhenIdle(SignInForm.preload);

export const Route = createFileRoute("/_signed-out/sign-in")({
  head: () => ({ meta: [{ title: "Sign in · Bounded" }] }),
  component: SignInForm,
});
