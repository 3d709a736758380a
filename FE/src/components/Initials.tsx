import { initialsOf } from "@/lib/format/initials";

import classes from "./Initials.module.css";

/** A user's initials; the full name is beside them, or labels the element around them. */
export function Initials({ name, size = 34 }: { name: string; size?: number }) {
  return (
    <span className={classes.initials} style={{ ["--size" as string]: `${size}px` }} aria-hidden>
      {initialsOf(name)}
    </span>
  );
}
