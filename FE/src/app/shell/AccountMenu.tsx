import { Avatar, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useState } from "react";

import { useUser } from "@/lib/useSession";

const load = () => import("./AccountDropdown");
const AccountDropdown = lazy(load);

/** The menu of one's account: what it opens is loaded when somebody reaches for it. */
export function AccountMenu() {
  const { email } = useUser();
  const [isUsed, setIsUsed] = useState(false);
  const button = (
    <UnstyledButton
      aria-label={`Account of ${email}`}
      aria-haspopup="menu"
      onMouseEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setIsUsed(true)}
    >
      <Avatar color="indigo" variant="light" radius="xl" size={34} aria-hidden />
    </UnstyledButton>
  );
  return isUsed ? (
    <Suspense fallback={button}>
      <AccountDropdown target={button} />
    </Suspense>
  ) : (
    button
  );
}
