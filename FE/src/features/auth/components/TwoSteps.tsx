import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";

import { twoStepsQuery } from "../api/twoSteps";

const TurnOnDialog = lazyOverlay(() => import("./TurnOnTwoStepsDialog"));
const TurnOffDialog = lazyOverlay(() => import("./TurnOffTwoStepsDialog"));
const NewCodesDialog = lazyOverlay(() => import("./NewRecoveryCodesDialog"));

/** Two-step sign-in, in the settings. */
export function TwoSteps() {
  const { data, error, refetch } = useQuery(twoStepsQuery);
  const [opened, setOpened] = useState<"on" | "off" | "codes" | null>(null);
  const close = () => setOpened(null);
  return (
    <Stack gap="xs" align="flex-start">
      <Group gap="xs">
        <Title order={2} size="h4">
          Two-step sign-in
        </Title>
        {data && <Badge variant="default">{data.enabled ? "On" : "Off"}</Badge>}
      </Group>
      <Text size="sm" c="dimmed">
        After the password, signing in asks for a code from an app on your phone. Somebody who
        learns your password still cannot sign in.
      </Text>
      {!data &&
        (error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <LoadingNotice />)}
      {data?.enabled && (
        <>
          <Text size="sm">Recovery codes left: {data.recovery_codes_left}</Text>
          <Group>
            <Button variant="light" onClick={() => setOpened("codes")}>
              New recovery codes
            </Button>
            <Button variant="light" color="red" onClick={() => setOpened("off")}>
              Turn off
            </Button>
          </Group>
        </>
      )}
      {data && !data.enabled && (
        <Button variant="light" onClick={() => setOpened("on")}>
          Turn on
        </Button>
      )}
      {opened === "on" && <TurnOnDialog onClose={close} />}
      {opened === "off" && <TurnOffDialog onClose={close} />}
      {opened === "codes" && <NewCodesDialog onClose={close} />}
    </Stack>
  );
}
