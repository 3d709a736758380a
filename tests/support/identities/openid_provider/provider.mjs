// Anybody signs in by a name: ada is Ada, with the verified address ada@example.com.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer();

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "bounded",
        client_secret: process.env.CLIENT_SECRET,
        // native, so that the port of the application may be any (RFC 8252)
        application_type: "native",
        redirect_uris: [process.env.REDIRECT_URI],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["of a test"] },
    findAccount: (_context, name) => ({
      accountId: name,
      claims: () => ({
        sub: name,
        name: name[0].toUpperCase() + name.slice(1),
        email: `${name}@example.com`,
        email_verified: !name.startsWith("unverified"),
      }),
    }),
    ttl: { Session: 3600, Interaction: 3600, Grant: 3600, AccessToken: 3600, IdToken: 3600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
