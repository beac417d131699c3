// A certified OpenID provider with a few people, and a door for tests to make it lie.
// node provider.mjs CLIENT_ID CLIENT_SECRET REDIRECT_URI AFTER_SIGN_OUT
// Prints its port. POST /lie {"change": {claim: value}, "drop": […], "forge": true} alters the ID
// tokens that it issues from then on, and signs them with its own key, or another one to forge.
import http from 'node:http';
import { Provider } from 'oidc-provider';
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from 'jose';

const [clientId, clientSecret, redirectUri, afterSignOut] = process.argv.slice(2);
const keys = await generateKeyPair('RS256', { extractable: true });
const others = await generateKeyPair('RS256', { extractable: true });
const jwk = { ...(await exportJWK(keys.privateKey)), use: 'sig', alg: 'RS256', kid: 'first' };

// Who has which claims; tests change it by POST /people.
let people = {};
let lie = {};

const server = http.createServer();
await new Promise((resolve) => server.listen(0, 'localhost', resolve));
const issuer = `http://localhost:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: { keys: [jwk] },
  cookies: { keys: ['for tests alone'] },
  clients: [{
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [afterSignOut],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  scopes: ['openid', 'email', 'groups'],
  // As Google, Microsoft and Keycloak do: the ID token has what was asked for.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
});

async function altered(token) {
  const claims = { ...decodeJwt(token), ...lie.change };
  (lie.drop ?? []).forEach((name) => delete claims[name]);
  if (lie.none) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part(claims)}.`;
  }
  if (lie.shared) {
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(clientSecret));
  }
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'first' })
    .sign((lie.forge ? others : keys).privateKey);
}

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token && Object.keys(lie).length) {
    ctx.body.id_token = await altered(ctx.body.id_token);
  }
  if (lie.userinfo && ctx.path === '/me') ctx.body = { ...ctx.body, ...lie.userinfo };
});

const serve = provider.callback();
server.on('request', (request, response) => {
  if (request.method !== 'POST' || !['/people', '/lie'].includes(request.url)) {
    serve(request, response);
    return;
  }
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    if (request.url === '/people') people = JSON.parse(body);
    else lie = JSON.parse(body);
    response.end();
  });
});
console.log(server.address().port);
