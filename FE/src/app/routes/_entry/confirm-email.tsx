import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";
import { titled } from "@/lib/product";

const ConfirmEmailPage = lazyPage(() => import("@/features/auth/components/ConfirmEmailPage"));

export const Route = createFileRoute("/_entry/confirm-email")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => titled("Confirm your new email"),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <ConfirmEmailPage token={token} />;
  },
});
