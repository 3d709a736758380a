import { createFileRoute, useLocation } from "@tanstack/react-router";

import { EmailVerified } from "@/features/auth/components/EmailVerified";

import { hideToken, validateToken } from "../../mailToken";

export const Route = createFileRoute("/_entry/verify-email")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => ({ meta: [{ title: "Verify your email · Bounded" }] }),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <EmailVerified token={token} />;
  },
});
