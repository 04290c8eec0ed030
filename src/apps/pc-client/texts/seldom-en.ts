// English, what is seldom said: what is started, the organisation, settings, privacy, bad days. Fetched with the parts that say it.

import { counted, dated, listing } from './formats.ts';

const { dayOf, moment, number } = dated('en');
const people = counted('en', { one: '1 person', other: '# people' });
const minutes = counted('en', { one: '1 minute', other: '# minutes' });
const hours = counted('en', { one: '1 hour', other: '# hours' });
const days = counted('en', { one: '1 day', other: '# days' });
const others = counted('en', { one: '1 other', other: '# others' });
const moreThan = counted('en', { one: '1 more', other: '# more' });
const listed = listing('en', moreThan);

/** In the largest unit of which it is at least one. */
function lasting(milliseconds: number): string {
  const inMinutes = Math.round(milliseconds / 60_000);
  if (inMinutes < 60) return minutes(inMinutes);
  return inMinutes < 48 * 60 ? hours(Math.round(inMinutes / 60)) : days(Math.round(inMinutes / 1440));
}

export const seldomEn = {
  starting: {
    call: 'Call',
    message: 'Message',
    'multimedia-message': 'Picture',
    mail: 'Mail',
    meeting: 'Meet',
    others: {
      call: 'Other ways to call',
      message: 'Other ways to send a message',
      'multimedia-message': 'Other ways to send a picture',
      mail: 'Other addresses',
      meeting: 'Other ways to meet',
    },
    meetingOpened: 'The meeting opens beside this page.',
    copyLink: 'Copy its link',
    linkCopied: 'The link is copied: send it to whoever shall come.',
    none: 'Nothing reaches all of them at once.',
    without: (names: readonly string[]) => `Without ${listed(names)}, who cannot be reached this way.`,
  },

  organisation: {
    title: 'Organisation',
    around: (name: string) => `Around ${name}`,
    departments: 'Departments',
    search: 'Search the departments',
    noDepartments: 'The company has entered no departments.',
    noSuchDepartment: 'No department is called that.',
    nobodyInDepartment: 'Nobody whom you may see is in this department.',
    count: (count: number) => people(count),
    more: 'Show more',
    allOf: (department: string) => `Everybody in ${department}`,
    keepAll: (department: string) => `Keep all of ${department}`,
    keeping: (done: number, of: number) => (of === 0 ? 'Asking who is there …' : `${number(done)} of ${people(of)}`),
    keptAll: (count: number) =>
      count === 0 ? 'All of them are in your address book already.' : `${people(count)} kept in your address book.`,
    keepOne: (name: string) => `Keep ${name}`,
    you: 'You',
    reports: (count: number) => `manages ${people(count)}`,
    others: (count: number) => others(count),
    andMore: (count: number) => moreThan(count),
    open: 'Show whom this person manages',
    close: 'Show them no more',
    alone: 'The company has entered nobody above or below this person.',
    manager: 'Manager',
    colleagues: 'Same manager',
    manages: 'Manages',
    show: 'Show all around',
    suggested: 'People you may want',
    why: {
      manager: 'Your manager',
      report: 'You manage',
      department: 'Your department',
      peer: 'Same manager',
      often: 'Often looked up',
    },
    asking: 'Asking the server …',
    again: 'Try again',
  },

  settings: {
    title: 'Settings',
    general: 'General',
    language: 'Language',
    theme: 'Appearance',
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
    account: 'Account',
    who: (name: string, user: string) => (name === user ? name : `${name} (${user})`),
    where: (server: string) => `at ${server}`,
    logOut: 'Log out',
    logOutLong:
      'Changes stop coming. Your address book stays on this device, with all that you wrote, until you log in again.',
    forget: 'Forget this book on this device',
    forgetLong:
      'Logs out, and deletes the address book with your notes, own values, groups and own contacts from this browser. No server has a copy.',
    forgetTitle: 'Forget this address book?',
    forgetAsk: (count: number) =>
      `${people(count)} would be gone from this device, with all that you wrote. This cannot be undone; save a copy first.`,
    saveCopy: 'Save a copy',
    copyName: 'address-book.vcf',
    forgetAct: 'Forget it',
    cancel: 'Cancel',
    application: 'Application',
    install: 'Install',
    installLong: 'Opens in a window of its own, from the dock or the start menu, without a network too.',
    installHow:
      'Chrome and Edge: Install in the address bar or the menu. Safari: Share, then Add to Dock or to the Home Screen.',
    installed: 'Runs as an application of its own.',
    version: (version: string, build: string) => `Version ${version}, build ${build}`,
  },

  privacy: {
    title: 'Privacy',
    knows: 'What the server knows of your address book',
    how: 'How changes come',
    broadcast: 'All changes come to everyone',
    broadcastLong: 'Your browser picks out those of the people you keep. The server does not learn whom you keep.',
    notice: 'Come and get it',
    noticeLong:
      'You are told that something changed, and your browser fetches it: the server learns which of the changed people you keep. Needs the least of the network when much changes that is not yours.',
    held: 'Only what concerns you',
    heldLong:
      'The server has the list of everyone you keep, and tells you of them alone. Needs the least of the network of all.',
    summary: {
      broadcast: 'It tells everybody of every change, and does not know whom you keep.',
      notice: 'It knows which of the people who changed you keep, at the moment your browser fetches them.',
      held: 'It knows everyone you keep.',
    },
    always: 'What it hears in any case, because it has to answer',
    alwaysList: [
      'whom you look up or open who is not in your address book, and whom you keep, at that moment',
      'whose photo your browser does not have yet',
      'after a long time away, or once another book is in its place: whom you keep, to compare',
    ],
    never: 'What it never hears',
    neverList: [
      'your notes, nicknames, own values and private numbers',
      'your groups and favourites',
      'your own contacts',
      'whom you called, wrote to or looked at in your address book',
    ],
    here: 'What is kept on this device',
    hereLong: (count: number, prompts: number) =>
      `${people(count)} with all that you wrote, ${number(prompts)} changes of the history, photos, the log-in, and these settings: in this browser, and nowhere else.`,
    room: (octets: number) => `${number(Math.max(1, Math.round(octets / 1024)))} kB in all.`,
    lasting: 'The browser keeps it also where room gets short.',
    fleeting: 'The browser may delete it where room gets very short.',
    persist: 'Ask the browser to keep it',
    persistRefused:
      'The browser decides by how often this page is used, and said no for now. Install it, and it says yes.',
    said: 'What was just said',
    saidLong: 'The messages between this browser and the server since the page was opened, newest first.',
    saidNothing: 'Nothing yet: where nobody is kept, nothing is said.',
    table: { when: 'When', what: 'What', octets: 'Bytes' },
    to: 'to the server',
    from: 'from the server',
    names: 'names people you keep',
    steps: {
      S301: 'Tell me of changes',
      S302: 'Answer: agreed, or not',
      S304: 'Something changed',
      S305: 'Received',
      S306: 'Who changed?',
      S307: 'These changed',
      S308: 'What are these people’s entries now?',
      S309: 'Their entries',
    },
    octets: (octets: number) => number(octets),
    moment,
  },

  matter: {
    refused:
      'Your session has ended. Your address book and what you write are kept here; log in again to hear of changes.',
    logIn: 'Log in again',
    reload:
      'Another tab has a newer version of this page, or has deleted the book. Copy what is half written, then load again.',
    load: 'Load again',
    store: 'The browser has no room left: changes wait at the server, and nothing was lost. Make room on this device.',
    ahead: (by: number) =>
      `This device’s clock is ${lasting(by)} ahead: times shown are wrong by as much. Set the clock; all else is right.`,
    behind: (by: number) =>
      `This device’s clock is ${lasting(by)} behind: times shown are wrong by as much. Set the clock; all else is right.`,
    dismiss: 'Dismiss',
    againTitle: 'Log in again',
    againLead: 'Your session has ended. What you were writing is still there.',
    later: 'Later',
  },

  start: {
    title: 'The address book cannot be opened',
    private:
      'This browser keeps nothing for this page, as in some private windows. Open it in a normal window, or allow its site data.',
    full: 'There is no room left on this device for it. Make room, then try again. What was kept before is still there.',
    newer: 'A newer version of this page has renewed the book. Load the page again.',
    other:
      'The browser refused to open it. Close other tabs of this page, then try again. What was kept is still there.',
    again: 'Try again',
  },

  notices: {
    column: 'What just changed',
    sentence: (who: string, what: string) => `${who}: ${what}`,
    between: ', ',
    people,
    became: (label: string, from: string | undefined, to: string | undefined) =>
      from === undefined
        ? `${label} now ${to ?? ''}`
        : to === undefined
          ? `no ${label} any more, was ${from}`
          : `${label} from ${from} to ${to}`,
    changed: (labels: string) => `${labels} changed`,
    changedTo: 'different for each',
    was: 'was',
    is: 'is now',
    none: 'none any more',
    asBefore: 'changed, and back again',
    photo: 'New photo',
    photoGone: 'No photo any more',
    left: 'Left the company',
    returned: 'Came back to the company',
    joined: (department: string) => `New in ${department}`,
    joinedMany: 'New in your department',
    keep: (name: string) => `Keep ${name}`,
    at: (at: number) => moment(at),
    unseen: 'not seen yet',
    seenOne: (name: string) => `Mark as seen: ${name}`,
    showPeople: 'Show the people',
    hidePeople: 'Hide the people',
    undoLong: (label: string, value: string) => `Go back to ${label} ${value}, for yourself`,
    undoAll: 'Undo all',
    undone: 'taken back',
    yoursStays: (value: string) => `yours stays: ${value}`,
    more: (count: number) => `${number(count)} more`,
    changes: counted('en', { one: '1 change', other: '# changes' }),
    allSeen: 'Mark all as seen',
    search: 'Search the history',
    searchHint: 'Name, field or value',
    filters: 'What to show',
    all: 'All',
    unseenOnly: (count: number) => (count === 0 ? 'Not seen' : `Not seen (${number(count)})`),
    only: (name: string) => `Only ${name}`,
    notOnly: (name: string) => `Only ${name}: show everybody again`,
    day: (at: number) => dayOf(at),
    older: 'Show older ones',
    nothing: 'Nothing has changed yet. When a colleague’s number moves, it is told here.',
    nothingUnseen: 'You have seen everything.',
    nothingFits: 'Nothing in the history fits.',
    showAll: 'Show all of it',
    ofPerson: 'What changed',
    allOfPerson: (count: number) => `All ${number(count)} in the history`,
    outside: {
      off: 'While you do something else, changes wait here quietly. Your system can tell you of them too.',
      on: 'Your system tells you of changes while no window of this page is open before you.',
      refused: 'Your browser does not let this page notify you. You can allow it in the settings of the browser.',
    },
    outsideOn: 'Notify me',
    outsideOff: 'Notify me no more',
  },

  question: {
    title: (count: number) => `Did ${people(count)} leave the company?`,
    words: 'So many at once may be a mistake in the company’s directory. Until you say so, nobody is touched.',
    concerned: 'Whom it concerns',
    left: 'Yes, they left',
    keep: 'No, keep them as own contacts',
    later: 'Later',
    didLeave: (count: number) => `${people(count)} marked as having left. Their entries stay until you remove them.`,
    didKeep: (count: number) => `${people(count)} kept as own contacts.`,
  },
};

export type SeldomTexts = typeof seldomEn;
