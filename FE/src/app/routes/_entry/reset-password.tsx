import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";
import { titled } from "@/lib/product";

const ResetPasswordForm = lazyPage(() => import("@/features/auth/components/ResetPasswordForm"));

export const Route = createFileRoute("/_entry/reset-password")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => titled("Set a new password"),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <ResetPasswordForm token={token} />;
  },
});
