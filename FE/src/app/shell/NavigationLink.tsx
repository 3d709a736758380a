import { Link, type LinkProps } from "@tanstack/react-router";
import type { ComponentType } from "react";

import classes from "./Shell.module.css";

export interface Page {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: ComponentType<{ size: number }>;
}

export function NavigationLink({
  to,
  label,
  icon: Icon,
  onNavigate,
}: Page & { onNavigate: () => void }) {
  return (
    <Link
      to={to}
      className={classes.link}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ "data-active": true, "aria-current": "page" }}
      onClick={onNavigate}
    >
      <Icon size={18} />
      {label}
    </Link>
  );
}
