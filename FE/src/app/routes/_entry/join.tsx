import { createFileRoute, useLocation } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

import { hideToken, validateToken } from "../../mailToken";

const JoinPage = lazyPage(() => import("@/features/teams/components/JoinPage"));

export const Route = createFileRoute("/_entry/join")({
  validateSearch: validateToken,
  beforeLoad: hideToken,
  head: () => titled("Invitation"),
  component: function Page() {
    const token = useLocation({ select: ({ state }) => state.token ?? "" });
    return <JoinPage token={token} />;
  },
});
