import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";

const ConfirmEmailPage = lazyPage(() => import("@/features/auth/components/ConfirmEmailPage"));

export const Route = createFileRoute("/_entry/confirm-email")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Confirm your new email · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <ConfirmEmailPage token={token} />;
  },
});
