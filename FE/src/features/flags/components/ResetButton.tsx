import { Button } from "@mantine/core";

import { reportError, reportSuccess } from "@/lib/reports";

import { type Flag, useResetFlag } from "../api/settings";

interface Props {
  flag: Flag;
  onDone: () => void;
}

export function ResetButton({ flag, onDone }: Props) {
  const reset = useResetFlag();
  const isUnknown = flag.state === "unknown";
  return (
    <Button
      variant="default"
      loading={reset.isPending}
      onClick={() =>
        reset.mutate(flag, {
          onSuccess: () => {
            reportSuccess(
              isUnknown ? `${flag.name} is forgotten.` : `${flag.name} has its default again.`,
            );
            onDone();
          },
          onError: reportError,
        })
      }
    >
      {isUnknown ? "Forget" : "Back to the default"}
    </Button>
  );
}
