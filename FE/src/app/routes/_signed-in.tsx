import { createFileRoute, redirect } from "@tanstack/react-router";
import { Fragment } from "react";

import { useSession } from "@/lib/useSession";

import { COMPANIONS } from "../shell/companions";
import { Shell } from "../shell/Shell";

export const Route = createFileRoute("/_signed-in")({
  beforeLoad: ({ context, location }) => {
    const { status, reason } = context.session.state;
    if (status === "signed-in") return;
    // after a sign-out the next user does not return to this page
    const search = reason === "left" || reason === "deleted" ? {} : { then: location.href };
    throw redirect({ to: "/sign-in", search, replace: true });
  },
  component: SignedInPages,
});

/** Remounted for each user: components keep state of what they showed. */
function SignedInPages() {
  const { user } = useSession();
  return (
    user && (
      <Fragment key={user.id}>
        <Shell />
        {COMPANIONS.map((Companion, place) => (
          <Companion key={place} />
        ))}
      </Fragment>
    )
  );
}
