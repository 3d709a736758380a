// Signs users in, in memory. GET /mails lists what it would have mailed.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";

const mails = [];
const server = createServer();

server.listen(0, "127.0.0.1", () => {
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  const auth = betterAuth({
    baseURL,
    secret: process.env.BETTER_AUTH_SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
    emailAndPassword: { enabled: true },
    emailVerification: {
      sendOnSignUp: true,
      sendVerificationEmail: async ({ user, token }) => mails.push({ to: user.email, token }),
    },
    plugins: [jwt()],
    telemetry: { enabled: false },
  });
  const handle = toNodeHandler(auth);
  server.on("request", (request, response) => {
    if (request.url === "/mails") {
      response.setHeader("content-type", "application/json").end(JSON.stringify(mails));
    } else {
      handle(request, response);
    }
  });
  console.log(baseURL);
});
