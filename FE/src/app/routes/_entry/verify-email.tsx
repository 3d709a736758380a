import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

import { hideToken, validateToken } from "../../mailToken";

const EmailVerified = lazyPage(() => import("@/features/auth/components/EmailVerified"));

export const Route = createFileRoute("/_entry/verify-email")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Verify your email · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <EmailVerified token={token} />;
  },
});
