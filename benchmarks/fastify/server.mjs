// The page of twenty tasks, and the making of one, as the documentation of Fastify 5 writes them:
// a response schema, @fastify/jwt, a pool of pg, and the logger on.
import jwt from "@fastify/jwt";
import { randomUUID } from "node:crypto";
import Fastify from "fastify";
import pg from "pg";

const fastify = Fastify({ logger: true });
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const columns =
  "id, owner_id, title, description, status, priority, due_at, tags, position, version," +
  " created_at, updated_at, completed_at";

fastify.register(jwt, { secret: process.env.JWT_SECRET, decode: { complete: false } });
fastify.decorate("authenticate", async (request, reply) => {
  try {
    await request.jwtVerify();
  } catch (error) {
    reply.send(error);
  }
});

const nullable = { type: "string", nullable: true };
const task = {
  type: "object",
  properties: {
    id: { type: "string" },
    owner_id: { type: "string" },
    title: { type: "string" },
    description: nullable,
    status: { type: "string" },
    priority: { type: "string" },
    due_at: { ...nullable, format: "date-time" },
    tags: { type: "array", items: { type: "string" } },
    position: { type: "string" },
    version: { type: "integer" },
    created_at: { type: "string", format: "date-time" },
    updated_at: { type: "string", format: "date-time" },
    completed_at: { ...nullable, format: "date-time" },
  },
};
const page = {
  type: "object",
  properties: { items: { type: "array", items: task }, next_cursor: nullable },
};

fastify.after(() => {
  const onRequest = [fastify.authenticate];

  fastify.get(
    "/api/v1/tasks",
    { onRequest, schema: { response: { 200: page } } },
    async (request) => {
      const { rows } = await pool.query({
        name: "page",
        text:
          `SELECT ${columns} FROM tasks.task WHERE owner_id = $1 AND deleted_at IS NULL` +
          " ORDER BY created_at DESC, id DESC LIMIT 21",
        values: [request.user.sub],
      });
      return { items: rows.slice(0, 20), next_cursor: null };
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
          properties: { title: { type: "string", minLength: 1, maxLength: 200 } },
        },
        response: { 201: task },
      },
    },
    async (request, reply) => {
      const id = randomUUID();
      const { rows } = await pool.query({
        name: "create",
        text:
          "INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position)" +
          ` VALUES ($1, $2, $3, 'todo', 'none', '{}', $4) RETURNING ${columns}`,
        values: [id, request.user.sub, request.body.title, id],
      });
      reply.code(201);
      return rows[0];
    },
  );
});

fastify.get("/noop", async () => "");
await fastify.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
