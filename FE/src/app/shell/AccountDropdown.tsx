import "@mantine/core/styles/Menu.layer.css";

import { type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { LogOutIcon, MoonIcon, SettingsIcon, SunIcon, SunMoonIcon } from "lucide-react";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { session } from "@/lib/api/client";
import { useUser } from "@/lib/useSession";

const SCHEMES = [
  { value: "light", label: "Light", icon: SunIcon },
  { value: "dark", label: "Dark", icon: MoonIcon },
  { value: "auto", label: "As the system", icon: SunMoonIcon },
] as const;

/** Open from the start: it is loaded when the user opens it. */
export default function AccountDropdown({ target }: { target: ReactElement }) {
  const user = useUser();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu defaultOpened position="bottom-end" width={220}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
        >
          {SCHEMES.map(({ value, label, icon: Icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item
          leftSection={<SettingsIcon size={16} />}
          renderRoot={(props) => <Link to="/settings/profile" {...props} />}
        >
          Settings
        </Menu.Item>
        <Menu.Item leftSection={<LogOutIcon size={16} />} onClick={() => void session.leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
