import { initialsOf } from "@/lib/format/initials";

import classes from "./Initials.module.css";

/** Somebody at a glance; the name stands beside it, or is said by what it is drawn in. */
export function Initials({ name, size = 34 }: { name: string; size?: number }) {
  return (
    <span className={classes.initials} style={{ ["--size" as string]: `${size}px` }} aria-hidden>
      {initialsOf(name)}
    </span>
  );
}
