// The calls of README.md, through the client that hey-api generates.
import {
  changeMyProfile,
  changeTask,
  createTask,
  exportTasks,
  importTasks,
  listTasks,
  logout,
  readMyProfile,
  refresh,
  register,
} from "./hey_api_client/index.ts";

const registered = await register({
  body: { email: "ada@example.com", password: "correct horse battery staple", full_name: "Ada" },
});
if (registered.error) {
  const { code, details } = registered.error;
  throw new Error(code === "WEAK_PASSWORD" ? code : details.map(({ field }) => field).join());
}
const headers = { Authorization: `Bearer ${registered.data.access_token}` };

const me = await readMyProfile({ headers });
await changeMyProfile({ headers, body: { username: "ada" } });

const created = await createTask({
  headers: { ...headers, "Idempotency-Key": crypto.randomUUID() },
  body: { title: "Draw the engine" },
});
if (!created.data) throw new Error(created.error.error);

const found = await listTasks({
  headers,
  query: { q: "eng", status: ["todo"], sort_by: "due_at", limit: 1 },
});
const titles: string[] | undefined = found.data?.items.map((task) => task.title);

const changed = await changeTask({
  headers: { ...headers, "If-Match": created.response.headers.get("ETag") ?? "*" },
  path: { task_id: created.data.id },
  body: { status: "done" },
});
if (changed.error?.code === "PRECONDITION_FAILED") console.log(changed.response?.headers.get("ETag"));

await importTasks({ headers, body: { items: [{ title: "Imported" }] } });
const exported = await exportTasks({ headers, query: { format: "json" } });

await refresh();
await logout({ headers });
console.log(me.data?.full_name, titles, exported.data);
