// A certified OpenID provider on loopback, with people who exist for the tests alone. Whoever says
// a name there is let in under it. Each start has new keys.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { PORT = "0", REDIRECT, SIGNED_OUT, SHORT = "yes", PUBLIC = "" } = process.env;
const ROLES = { ann: ["analyst"], rob: ["reviewer", "cook"], sam: [], eve: ["cook"] };

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const server = createServer();
server.listen(Number(PORT), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "console",
      ...(PUBLIC ? { token_endpoint_auth_method: "none" } : { client_secret: "planted-client-secret" }),
      redirect_uris: [REDIRECT],
      post_logout_redirect_uris: [SIGNED_OUT],
    }],
    claims: { openid: ["sub", "roles", "desk"] },
    // Short: the ID token names the person, and the rest is asked for.
    conformIdTokenClaims: SHORT === "yes",
    cookies: { keys: [randomUUID()] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, roles: ROLES[id] ?? [], desk: { roles: ROLES[id] ?? [] } }),
    }),
    jwks: { keys: [{ ...key, kid: randomUUID(), alg: "RS256", use: "sig" }] },
    pkce: { required: () => true },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
