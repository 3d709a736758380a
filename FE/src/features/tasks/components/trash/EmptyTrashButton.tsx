import { Button } from "@mantine/core";
import { Trash2Icon } from "lucide-react";
import { useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";

import { useEmptyTrash } from "../../api/emptyTrash";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));

export function EmptyTrashButton({ onEmptied }: { onEmptied: () => void }) {
  const [isConfirming, setIsConfirming] = useState(false);
  const emptyTrash = useEmptyTrash();
  const close = () => setIsConfirming(false);
  const empty = () =>
    emptyTrash.mutate(undefined, {
      onSuccess: onEmptied,
      onSettled: close,
    });
  return (
    <>
      <Button
        variant="light"
        color="red"
        leftSection={<Trash2Icon size={18} />}
        onClick={() => setIsConfirming(true)}
      >
        Empty the trash
      </Button>
      {isConfirming && (
        <ConfirmDialog
          title="Empty the trash?"
          action="Delete for good"
          isPending={emptyTrash.isPending}
          onConfirm={empty}
          onClose={close}
        >
          Every task in the trash is deleted for good. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  );
}
