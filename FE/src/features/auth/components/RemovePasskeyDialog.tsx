import ConfirmDialog from "@/components/ConfirmDialog";
import { reportSuccess } from "@/lib/reports";

import { type Passkey, useRemovePasskey } from "../api/passkeys";

interface Props {
  passkey: Passkey;
  onClose: () => void;
}

export default function RemovePasskeyDialog({ passkey, onClose }: Props) {
  const remove = useRemovePasskey();
  return (
    <ConfirmDialog
      title={`Remove “${passkey.name}”`}
      action="Remove"
      isPending={remove.isPending}
      onConfirm={() =>
        remove.mutate(passkey.id, {
          onSuccess: () => reportSuccess(`“${passkey.name}” is removed.`),
          onSettled: onClose,
        })
      }
      onClose={onClose}
    >
      Nobody can sign in with it any more. Delete it on your device, too, which still offers it.
    </ConfirmDialog>
  );
}
