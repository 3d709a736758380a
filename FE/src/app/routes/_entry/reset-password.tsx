import { createFileRoute, useLocation } from "@tanstack/react-router";

import { ResetPasswordForm } from "@/features/auth/components/ResetPasswordForm";

import { hideToken, validateToken } from "../../mailToken";

export const Route = createFileRoute("/_entry/reset-password")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Set a new password · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <ResetPasswordForm token={token} />;
  },
});
