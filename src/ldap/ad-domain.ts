// Whom we have come to: what a domain controller says of itself in its root DSE (MS-ADTS 3.1.1.3.2).

import { liesWithin, oneObject, textIn, textsIn, type Conversation } from './ad-conversation.ts';
import type { Lineage } from './ad-stand.ts';
import { dirSyncType, notificationType, showDeleted } from './dirsync.ts';
import { LdapFault } from './fault.ts';
import { guidOf } from './object-guid.ts';

export interface Domain {
  /** The DN of the naming context that the base lies in. DirSync follows a whole one. */
  readonly root: string;
  readonly lineage: Lineage;
  readonly offersDirSync: boolean;
  readonly offersNotification: boolean;
  /** The account was shown a deleted object. Where there is none yet, that is not known and taken for no. */
  readonly showsDeleted: boolean;
}

export type Arrival =
  | { readonly kind: 'arrived'; readonly domain: Domain }
  | { readonly kind: 'elsewhere'; readonly problem: string; readonly advice: string };

const activeDirectory = '1.2.840.113556.1.4.800';
/** Samba shows the container of deleted objects to everybody, and what is in it to administrators alone. */
function* showsDeleted(root: string): Conversation<boolean> {
  let shown = false;
  // MS-ADTS 6.1.1.4: by its well-known name, whatever it is called.
  const base = `<WKGUID=18E2EA80684F11D2B9AA00C04F79F805,${root}>`;
  yield {
    what: 'the search for deleted objects',
    search: { base, scope: 'one', filter: '(isDeleted=TRUE)', attributes: ['1.1'], sizeLimit: 1 },
    controls: [showDeleted],
    entry: () => (shown = true),
    answers: () => true,
  };
  return shown;
}

export function* arrive(base: string): Conversation<Arrival> {
  const dse = yield* oneObject('', ['namingContexts', 'dsServiceName', 'supportedControl', 'supportedCapabilities']);
  if (!textsIn(dse, 'supportedcapabilities').includes(activeDirectory))
    return {
      kind: 'elsewhere',
      problem: 'the server is not Active Directory',
      advice: "for OpenLDAP and 389 Directory Server write 'kind: openldap'",
    };
  const contexts = textsIn(dse, 'namingcontexts');
  const root = contextOf(base, contexts);
  if (root === undefined)
    return {
      kind: 'elsewhere',
      problem: `the domain controller does not hold ${base}, it holds ${contexts.join('; ')}`,
      advice:
        'name the domain controllers of the domain that the base lies in: what they refer to elsewhere is never followed',
    };
  const server = textIn(dse, 'dsservicename');
  const settings = yield* oneObject(server, ['invocationId']);
  const [invocation] = settings?.get('invocationid') ?? [];
  const controls = textsIn(dse, 'supportedcontrol');
  const domain = {
    root,
    lineage: { server, invocation: invocation === undefined ? '' : guidOf(invocation) },
    offersDirSync: controls.includes(dirSyncType),
    offersNotification: controls.includes(notificationType),
    showsDeleted: yield* showsDeleted(root),
  };
  return { kind: 'arrived', domain };
}

/** The number of the controller's last change. Read before changes are asked for, none falls in between. */
export function* highestUsn(): Conversation<number> {
  const usn = Number(textIn(yield* oneObject('', ['highestCommittedUSN']), 'highestcommittedusn'));
  // Far from 2^53: a controller makes a new database before its numbers come to 2^62, but none has had so many changes.
  if (!Number.isSafeInteger(usn) || usn <= 0)
    throw new LdapFault('a root DSE without highestCommittedUSN', { section: 'MS-ADTS 3.1.1.3.2.10' });
  return usn;
}

/** The innermost naming context that `base` is or lies in. */
const contextOf = (base: string, contexts: readonly string[]): string | undefined =>
  contexts.filter((each) => liesWithin(base, each)).sort((one, other) => other.length - one.length)[0];
