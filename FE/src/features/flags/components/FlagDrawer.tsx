import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Drawer.layer.css";

import { Drawer, Stack, Text } from "@mantine/core";

import { StateNotice } from "@/components/StateNotice";
import { useFocusReturn } from "@/lib/useFocusReturn";

import type { Flag } from "../api/settings";
import { sentenceOf, settingOf, wordOf } from "../rules";
import { FlagForm } from "./FlagForm";
import { ResetButton } from "./ResetButton";

interface Props {
  flag: Flag;
  onClose: () => void;
}

/** A flag's description, and who gets which value. */
export default function FlagDrawer({ flag, onClose }: Props) {
  useFocusReturn();
  const isUnknown = flag.state === "unknown";
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={flag.name}
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 120 }}
    >
      <Stack>
        {flag.about !== null && <Text size="sm">{flag.about}</Text>}
        {isUnknown && (
          <StateNotice state="warning" title="No code declares this flag any more">
            Nothing uses it. You can forget what was set: {sentenceOf(settingOf(flag))}.
          </StateNotice>
        )}
        {flag.state === "unfit" && (
          <StateNotice state="warning" title="What is set no longer fits the code">
            Everybody gets the default until you save values that fit.
          </StateNotice>
        )}
        {flag.default !== null && (
          <Text size="sm" c="dimmed">
            Belongs to {flag.context}. The default is {wordOf(flag.default)}.
          </Text>
        )}
        {isUnknown ? (
          <ResetButton flag={flag} onDone={onClose} />
        ) : (
          <FlagForm flag={flag} onClose={onClose} />
        )}
      </Stack>
    </Drawer>
  );
}
