import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";
import { titled } from "@/lib/product";

const CancelEmailChangePage = lazyPage(
  () => import("@/features/auth/components/CancelEmailChangePage"),
);

export const Route = createFileRoute("/_entry/cancel-email-change")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => titled("Keep your email address"),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <CancelEmailChangePage token={token} />;
  },
});
