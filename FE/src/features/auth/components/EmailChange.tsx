import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { formatDayAndTime } from "@/lib/format/dates";

import { pendingChangeQuery, renewUser, useWithdrawEmailChange } from "../api/emailChange";
import { EmailChangeForm } from "./EmailChangeForm";

/** Beside the email: the form for a new one, or the one that waits to be confirmed. */
export function EmailChange() {
  const { data: pending } = useQuery(pendingChangeQuery);
  const withdraw = useWithdrawEmailChange();
  const [isOpen, setIsOpen] = useState(false);
  useRenewalWhenDone(pending !== null && pending !== undefined);

  if (pending)
    return (
      <Stack gap="xs" align="flex-start">
        <Text size="sm" role="status" style={{ overflowWrap: "anywhere" }}>
          A mail is on its way to {pending.email}. Open its link before{" "}
          {formatDayAndTime(pending.expires_at)} to confirm the new address. Until then nothing
          changes.
        </Text>
        <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
          Keep the present address
        </Button>
      </Stack>
    );
  if (isOpen) return <EmailChangeForm onClose={() => setIsOpen(false)} />;
  return (
    <Group>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        Change the email
      </Button>
    </Group>
  );
}

/** A pending change that is gone may have been confirmed elsewhere: then the email is new. */
function useRenewalWhenDone(isPending: boolean) {
  const wasPending = useRef(isPending);
  useEffect(() => {
    if (wasPending.current && !isPending) void renewUser().catch(() => undefined);
    wasPending.current = isPending;
  }, [isPending]);
}
