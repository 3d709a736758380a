import type { UserDraft } from "./api/users";

/** A user of a file. */
export interface UserRow {
  /** Where the row begins in the file; its head is line 1. */
  line: number;
  user: UserDraft;
}

export interface UserFile {
  rows: UserRow[];
  /** Columns that are not of a user. */
  unused: string[];
  /** Why the file cannot be used. */
  fault: string | null;
}

const NEEDED = ["email", "full_name", "password"];
const KNOWN = [...NEEDED, "username", "role"];
const MOST_USERS = 500;

/** The users of a CSV file whose first line names its columns. */
export async function parseUsers(file: Blob): Promise<UserFile> {
  const { default: papa } = await import("papaparse");
  const { data } = papa.parse<string[]>(await textOf(file));
  const head = (data[0] ?? []).map((name) => name.trim().toLowerCase());
  const rows = rowsOf(head, data.slice(1));
  return {
    rows,
    unused: head.filter((name) => name !== "" && !KNOWN.includes(name)),
    fault: faultOf(head, rows),
  };
}

/** The messages of an error (`3.email`) by the line of the file that each is about. */
export function messagesByLine(
  messages: Record<string, string>,
  rows: UserRow[],
): Map<number, string> {
  const byLine = new Map<number, string>();
  for (const [path, message] of Object.entries(messages)) {
    const [index = "", field] = path.split(".");
    const row = rows[Number(index)];
    if (row) byLine.set(row.line, field === undefined ? message : `${field}: ${message}`);
  }
  return byLine;
}

function rowsOf(head: string[], records: string[][]): UserRow[] {
  const rows: UserRow[] = [];
  let line = 2;
  for (const record of records) {
    const values = Object.fromEntries(head.map((name, column) => [name, record[column] ?? ""]));
    if (record.some((value) => value.trim() !== "")) rows.push({ line, user: userOf(values) });
    // a quoted value may span several lines
    line += record.join("").split(/\r\n|\r|\n/).length;
  }
  return rows;
}

function userOf({ email, full_name, password, username, role }: Record<string, string>): UserDraft {
  return {
    email: email?.trim() ?? "",
    full_name: full_name?.trim() ?? "",
    password: password ?? "",
    ...(username?.trim() && { username: username.trim() }),
    // the server validates the role
    ...(role?.trim() && { role: role.trim().toLowerCase() as UserDraft["role"] & string }),
  };
}

function faultOf(head: string[], rows: UserRow[]): string | null {
  const missing = NEEDED.filter((name) => !head.includes(name));
  if (missing.length > 0)
    return `The first line must name the columns ${NEEDED.join(", ")}. Missing: ${missing.join(", ")}.`;
  if (rows.length === 0) return "The file has no users.";
  if (rows.length > MOST_USERS)
    return `The file has ${rows.length} users. At most ${MOST_USERS} can be added at once.`;
  return null;
}

/** UTF-8, or else windows-1252, which old spreadsheets write. */
async function textOf(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
