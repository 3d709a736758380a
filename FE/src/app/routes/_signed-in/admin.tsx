import { Anchor } from "@mantine/core";
import { LockIcon } from "lucide-react";
import { createFileRoute, Link, Outlet } from "@tanstack/react-router";

import { EmptyNotice } from "@/components/EmptyNotice";
import { PageTitle } from "@/components/PageTitle";
import { useUser } from "@/lib/useSession";

// the pages below have no loaders: nothing is fetched for a user who may not see it
export const Route = createFileRoute("/_signed-in/admin")({
  component: AdminPages,
});

function AdminPages() {
  const { role } = useUser();
  if (role === "admin") return <Outlet />;
  return (
    <>
      <PageTitle>For administrators</PageTitle>
      <EmptyNotice title="Only administrators see this page" icon={<LockIcon size={28} />}>
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to your tasks</Anchor>
      </EmptyNotice>
    </>
  );
}
