import { Container, Text } from "@mantine/core";
import { FlagIcon } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { PageTitle } from "@/components/PageTitle";
import { lazyOverlay } from "@/components/lazyPart";

import { settingsQuery } from "../api/settings";
import { FlagTable } from "./FlagTable";

const FlagDrawer = lazyOverlay(() => import("./FlagDrawer"));

/** The flags of the application, which switch parts of it for some users or for all. */
export default function FlagsPage() {
  const query = useQuery(settingsQuery);
  const [opened, setOpened] = useState<string | null>(null);
  const flag = query.data?.items.find(({ name }) => name === opened);
  return (
    <Container size="xl" px={0}>
      <PageTitle>Flags</PageTitle>
      {query.isPending && <LoadingNotice isPaused={query.isPaused} />}
      {query.isLoadingError && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data?.items.length === 0 && (
        <EmptyNotice title="No flags" icon={<FlagIcon size={28} />}>
          Nothing in the code can be switched.
        </EmptyNotice>
      )}
      {query.data && query.data.items.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="md">
            What you save is in effect everywhere within a second.
          </Text>
          <FlagTable flags={query.data.items} onOpen={setOpened} />
        </>
      )}
      {flag && <FlagDrawer key={flag.name} flag={flag} onClose={() => setOpened(null)} />}
    </Container>
  );
}
