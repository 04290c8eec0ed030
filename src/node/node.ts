// The door `rollcall/node`: sockets and a clock for the machines of `rollcall/sip` and `rollcall/ldap`.

export { HostFault } from './host-fault.ts';
export { openSession, type LdapSession, type OpenSessionOptions } from './ldap-session.ts';
export {
  follow,
  followActiveDirectory,
  type FollowActiveDirectoryOptions,
  type Following,
  type FollowOptions,
} from './ldap-socket.ts';
export { run, type Running } from './run.ts';
export { SipSockets, type FlowEvent } from './sip-sockets.ts';
