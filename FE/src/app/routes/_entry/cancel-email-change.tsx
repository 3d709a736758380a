import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";

const CancelEmailChangePage = lazyPage(
  () => import("@/features/auth/components/CancelEmailChangePage"),
);

export const Route = createFileRoute("/_entry/cancel-email-change")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Keep your email address · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <CancelEmailChangePage token={token} />;
  },
});
