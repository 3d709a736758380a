// A page of tasks and the creation of one, as a Node team runs them in production: the plugins of
// Fastify for what Bounded promises each request, and graphile-worker for work that must follow.
// FOLLOW_UP=false leaves that work undone, which shows what it costs.
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import jwt from "@fastify/jwt";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import metrics from "fastify-metrics";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { randomUUID } from "node:crypto";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const fastify = Fastify({
  logger: true,
  bodyLimit: 1024 * 1024,
  requestTimeout: 30_000,
  genReqId: () => randomUUID(),
});

await fastify.register(helmet);
await fastify.register(cors, { origin: ["https://app.example.com"], credentials: true });
await fastify.register(compress, { threshold: 1024 });
await fastify.register(metrics, { endpoint: "/metrics" });
await fastify.register(jwt, { secret: process.env.JWT_SECRET, cache: true });
await fastify.register(rateLimit, {
  max: 1_000_000_000,
  timeWindow: "1 minute",
  hook: "preHandler",
  keyGenerator: (request) => request.user?.sub ?? request.ip,
});
fastify.addHook("onSend", async (request, reply) => {
  reply.header("x-request-id", request.id);
});

const string = { type: "string" };
const moment = { type: ["string", "null"], format: "date-time" };
const task = {
  type: "object",
  properties: {
    id: string,
    owner_id: string,
    title: string,
    description: { type: ["string", "null"] },
    status: string,
    priority: string,
    due_at: moment,
    tags: { type: "array", items: string },
    position: string,
    version: { type: "integer" },
    created_at: moment,
    updated_at: moment,
    completed_at: moment,
  },
};
const columns = Object.keys(task.properties).join(", ");
const page = {
  type: "object",
  properties: {
    items: { type: "array", items: task },
    next_cursor: { type: ["string", "null"] },
  },
};
const onRequest = (request) => request.jwtVerify();

fastify.get("/noop", async () => "");

fastify.get(
  "/api/v1/tasks",
  {
    onRequest,
    schema: {
      querystring: {
        type: "object",
        properties: { limit: { type: "integer", default: 20, minimum: 1, maximum: 100 } },
      },
      response: { 200: page },
    },
  },
  async (request) => {
    const { limit } = request.query;
    const { rows } = await pool.query({
      name: "page",
      text:
        `SELECT ${columns} FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL` +
        " ORDER BY created_at DESC, id DESC LIMIT $2",
      values: [request.user.sub, limit + 1],
    });
    return { items: rows.slice(0, limit), next_cursor: null };
  },
);

fastify.post(
  "/api/v1/tasks",
  {
    onRequest,
    schema: {
      body: {
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string", minLength: 1, maxLength: 200 },
          description: { type: ["string", "null"] },
        },
      },
      response: { 201: task },
    },
  },
  async (request, reply) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const id = randomUUID();
      const { rows } = await client.query({
        name: "create",
        text:
          "INSERT INTO tasks.task (id, owner_id, title, description, status, priority, tags, position)" +
          ` VALUES ($1, $2, $3, $4, 'todo', 'none', '{}', $5) RETURNING ${columns}`,
        values: [id, request.user.sub, request.body.title, request.body.description ?? null, id],
      });
      await client.query({
        name: "follow-up",
        text: "SELECT graphile_worker.add_job('audit', json_build_object('task', $1::text, 'owner', $2::text))",
        values: [id, request.user.sub],
      });
      await client.query("COMMIT");
      reply.code(201);
      return rows[0];
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  },
);

const utils = await makeWorkerUtils({ pgPool: pool });
await utils.migrate();
await pool.query(
  "CREATE TABLE IF NOT EXISTS public.audit_of_fastify (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY," +
    " task_id uuid NOT NULL, owner_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now())",
);
if (process.env.FOLLOW_UP !== "false") {
  await run({
    pgPool: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }),
    concurrency: 10,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    taskList: {
      audit: async ({ task: taskId, owner }, helpers) => {
        await helpers.query(
          "INSERT INTO public.audit_of_fastify (task_id, owner_id) VALUES ($1, $2)",
          [taskId, owner],
        );
      },
    },
  });
}
await fastify.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
