import { ThemeIcon, UnstyledButton } from "@mantine/core";
import { UserIcon } from "lucide-react";
import { useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";
import { useUser } from "@/lib/useSession";

const AccountDropdown = lazyOverlay(() => import("./AccountDropdown"));

/** The menu of the account, loaded on hover or focus. */
export function AccountMenu() {
  const { email } = useUser();
  const [isUsed, setIsUsed] = useState(false);
  const button = (
    <UnstyledButton
      aria-label={`Account of ${email}`}
      aria-haspopup="menu"
      onMouseEnter={() => void AccountDropdown.preload()}
      onFocus={() => void AccountDropdown.preload()}
      onClick={() => setIsUsed(true)}
    >
      <ThemeIcon variant="light" radius="xl" size={34} aria-hidden>
        <UserIcon size={20} />
      </ThemeIcon>
    </UnstyledButton>
  );
  return isUsed ? (
    <AccountDropdown target={button} standIn={button} onClose={() => setIsUsed(false)} />
  ) : (
    button
  );
}
