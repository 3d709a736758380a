import { ApiError } from "@/lib/api/errors";

export interface ImportFault {
  /** `Line 3`, `Task 2`; empty for the file as a whole. */
  place: string;
  /** The column or field; empty for the whole line. */
  field: string;
  message: string;
}

/** The faults of a file, in the order of its lines. */
export function faultsOf(error: unknown): ImportFault[] {
  if (!(error instanceof ApiError)) return [];
  return error.details.map(({ field, message }) => ({ ...placeOf(field), message }));
}

/** `body.row.3.title` is the title in line 3, `body.items.0` the first task. */
function placeOf(path: string): Omit<ImportFault, "message"> {
  const [, kind, number, field = ""] = /^body\.(row|items)\.(\d+)(?:\.(.+))?$/.exec(path) ?? [];
  if (number === undefined) return { place: "", field: "" };
  return { place: kind === "row" ? `Line ${number}` : `Task ${Number(number) + 1}`, field };
}
