import * as v from 'valibot';
import { expect, test } from 'vitest';
import { authorizationUrl, oidcOfferSchema } from '../../src/wire/oidc.ts';

const asked = { redirectUri: 'http://127.0.0.1:9/', codeChallenge: 'a-challenge', state: 'a state&more' };

test('an authorization request says all that OpenID Connect Core §3.1.2.1 and RFC 7636 §4.3 want, and keeps a query that is there', () => {
  const offer = {
    authorizationEndpoint: 'https://id.example/authorize?p=policy',
    clientId: 'a&b',
    scope: 'openid email',
  };
  expect(Object.fromEntries(new URL(authorizationUrl(offer, asked)).searchParams)).toEqual({
    p: 'policy',
    response_type: 'code',
    client_id: 'a&b',
    scope: 'openid email',
    redirect_uri: 'http://127.0.0.1:9/',
    state: 'a state&more',
    nonce: 'a-challenge',
    code_challenge: 'a-challenge',
    code_challenge_method: 'S256',
  });
  const plain = authorizationUrl({ ...offer, authorizationEndpoint: 'https://id.example/authorize' }, asked);
  expect(plain).toMatch(/^https:\/\/id\.example\/authorize\?response_type=code&/);
});

test.each(['javascript:alert(1)', 'file:///etc/passwd', ''])('a browser is not sent to %j', (authorizationEndpoint) => {
  expect(v.is(oidcOfferSchema, { authorizationEndpoint, clientId: 'x', scope: 'openid' })).toBe(false);
});
