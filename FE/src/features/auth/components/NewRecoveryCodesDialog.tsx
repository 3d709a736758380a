import { Alert, Button, Stack, Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { messageOf } from "@/lib/api/errors";

import { useReplaceRecoveryCodes } from "../api/twoSteps";
import { RecoveryCodes } from "./RecoveryCodes";

export default function NewRecoveryCodesDialog({ onClose }: { onClose: () => void }) {
  const replace = useReplaceRecoveryCodes();
  return (
    <Dialog title="New recovery codes" onClose={onClose} isPending={replace.isPending}>
      {replace.isSuccess ? (
        <RecoveryCodes codes={replace.data.recovery_codes} onClose={onClose} />
      ) : (
        <Stack>
          <Text size="sm">The recovery codes that you have now no longer work then.</Text>
          {replace.isError && (
            <Alert color="red" role="alert">
              {messageOf(replace.error)}
            </Alert>
          )}
          <DialogActions isPending={replace.isPending} onClose={onClose}>
            <Button loading={replace.isPending} onClick={() => replace.mutate()}>
              Make new codes
            </Button>
          </DialogActions>
        </Stack>
      )}
    </Dialog>
  );
}
