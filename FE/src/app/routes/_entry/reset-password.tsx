import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";

const ResetPasswordForm = lazyPage(() => import("@/features/auth/components/ResetPasswordForm"));

export const Route = createFileRoute("/_entry/reset-password")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Set a new password · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <ResetPasswordForm token={token} />;
  },
});
