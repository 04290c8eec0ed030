// Which user agents are registered here, for the administrator.

import type { Binding } from '../sip/bindings.ts';
import { printHost } from '../sip/grammar.ts';
import { registrationsSchema, type RegistrationReport } from '../wire/registrations.ts';
import { json } from './http-message.ts';
import { jsonAnswer, type Route } from './http-routes.ts';
import type { Sessions } from './sessions.ts';

export function registrationsRoute(bindings: () => Iterable<Binding>, sessions: Pick<Sessions, 'ofSipUser'>): Route {
  const reportOf = ({ addressOfRecord, contact, user, flow, ...rest }: Binding): RegistrationReport => ({
    address: addressOfRecord,
    contact,
    user: sessions.ofSipUser(user)?.user ?? '',
    from: `${flow.transport} ${printHost(flow.remote.host)}:${flow.remote.port}`,
    grantedSeconds: rest.expiresInSeconds,
    outbound: rest.outbound !== undefined,
    path: rest.path,
  });
  return {
    method: 'GET',
    path: '/v1/admin/registrations',
    who: 'administrator',
    summary: 'The user agents that are registered, oldest first',
    answers: { 200: jsonAnswer(registrationsSchema) },
    act: async () => json({ registrations: [...bindings()].map(reportOf) }),
  };
}
