import { Button, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { reportSuccess } from "@/lib/reports";
import { useTeam } from "@/lib/useTeam";
import { useUser } from "@/lib/useSession";

import { useLeaveTeam } from "../api/members";
import { dropTeam } from "../api/teams";
import { Refusal } from "./Refusal";

export default function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { id, name } = useTeam();
  const user = useUser();
  const leaving = useLeaveTeam(id);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const leave = () =>
    leaving.mutate(user.id, {
      onSuccess: () => {
        reportSuccess(`You left ${name}.`);
        void navigate({ to: "/teams" }).then(() => dropTeam(queryClient, id));
      },
    });
  return (
    <Dialog title={`Leave ${name}?`} onClose={onClose} isPending={leaving.isPending}>
      <Text>You lose access to the team at once. To return, you need a new invitation.</Text>
      <Refusal error={leaving.error} onFollow={onClose} />
      <DialogActions isPending={leaving.isPending} onClose={onClose} isCancelFocused>
        <Button color="red.9" loading={leaving.isPending} onClick={leave}>
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  );
}
