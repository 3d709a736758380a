import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { CloudOffIcon } from "lucide-react";
import { useEffect, useState } from "react";

import { reloadForNewVersion } from "@/lib/deployment";
import type { Failure } from "@/lib/parts";

import classes from "./MissingPart.module.css";

export interface MissingProps {
  failure: Failure;
  onRetry: () => Promise<void>;
  onClose?: (() => void) | undefined;
}

const REASONS: Record<Failure, string> = {
  offline: "You are offline, and it was not loaded before. Try again when you are back online.",
  unreachable: "The server does not answer.",
  current: "The server did not send it.",
  replaced: "There is a new version of this application. Reload the page to use it.",
};

/** In place of a part that could not be loaded. If a new version replaced it, the page reloads. */
export function MissingPart(props: MissingProps) {
  const { failure } = props;
  useEffect(() => {
    if (failure === "replaced") void reloadForNewVersion();
  }, [failure]);
  return <MissingNotice {...props} />;
}

/** The same over the page, which stays as it is: the user may be typing there. */
export function MissingOverlay(props: MissingProps) {
  return <MissingNotice {...props} className={classes.overlay} />;
}

function MissingNotice(props: MissingProps & { className?: string | undefined }) {
  const { failure, onRetry, onClose, className } = props;
  const [isRetrying, setIsRetrying] = useState(false);
  const retry = () => {
    setIsRetrying(true);
    void onRetry().finally(() => setIsRetrying(false));
  };
  return (
    <Alert
      color="yellow"
      icon={<CloudOffIcon />}
      title="This could not be loaded"
      role="alert"
      className={className}
    >
      <Stack gap="xs">
        <Text size="sm">{REASONS[failure]}</Text>
        <Group gap="xs">
          <Button size="xs" loading={isRetrying} onClick={retry}>
            {failure === "replaced" ? "Reload" : "Try again"}
          </Button>
          {onClose && (
            <Button size="xs" variant="default" onClick={onClose}>
              Close
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
