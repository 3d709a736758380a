import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";
import { titled } from "@/lib/product";

const EmailVerified = lazyPage(() => import("@/features/auth/components/EmailVerified"));

export const Route = createFileRoute("/_entry/verify-email")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => titled("Verify your email"),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <EmailVerified token={token} />;
  },
});
