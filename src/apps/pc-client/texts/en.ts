// English. This object is the shape that every language has: `Texts` is its type, so a text that is missing elsewhere does
// not compile. Short, in the employee's words, never a word of the protocol.

import { counted, dated } from './formats.ts';

const { days, moment, number } = dated('en');
const people = counted('en', { one: '1 person', other: '# people' });

export const en = {
  language: 'en',
  label: 'en' as 'en' | 'zh',
  product: 'Rollcall',

  logIn: {
    title: 'Log in',
    lead: 'Your address book, kept right by itself.',
    user: 'User name',
    password: 'Password',
    show: 'Show the password',
    hide: 'Hide the password',
    act: 'Log in',
    acting: 'Logging in …',
    missing: 'Enter your user name and your password.',
    wrong: 'The user name or the password is wrong. Nothing else was changed; try again.',
    again: 'Your session has ended. Log in again to hear of changes; your address book is all here.',
  },

  trouble: {
    unreachable: 'The server cannot be reached. Your address book is here; try again in a moment.',
    busy: 'The server is busy. Try again in a moment.',
    malformed: 'The server answered something that cannot be used. Nothing was changed.',
    'too-large': 'The server sent more than can be taken. Nothing was changed.',
    'not-allowed': 'This is not there for you to see, or not any more.',
    'log-in-again': 'Your session has ended. Log in again; nothing was lost.',
    store: 'The browser could not write your address book: make room on this device. Nothing was lost.',
  },

  places: {
    everyone: 'Everyone',
    favourites: 'Favourites',
    changed: 'Changed',
    left: 'Left the company',
    groups: 'Groups',
    history: 'History',
    settings: 'Settings',
    fold: 'Fold the side bar',
    unfold: 'Unfold the side bar',
    main: 'Places',
  },

  live: {
    live: 'Live',
    offline: 'Offline',
    subscribing: 'Connecting',
    'catching-up': 'Catching up',
    refused: 'Log in again',
    asks: 'Needs your word',
    reload: 'Load again',
    empty: 'Nobody yet',
    liveLong: (changedAt: number | undefined) =>
      changedAt === undefined ? 'Live: changes come by themselves.' : `Live, last change ${days(changedAt)}.`,
    offlineLong: (since: number | undefined, count: number) =>
      since === undefined
        ? `Offline, ${people(count)} at hand.`
        : `Offline since ${moment(since)}, ${people(count)} at hand.`,
    connectingLong: 'Asking the server to tell of changes.',
    catchingLong: 'Fetching what changed meanwhile.',
    refusedLong: 'Your session has ended. Log in again to hear of changes.',
    reloadLong: 'This page is out of date: load it again. Your address book is stored.',
    asksLong: 'Many entries would be removed at once. Say whether that is right.',
    emptyLong: 'Keep somebody, and their changes come by themselves.',
  },

  list: {
    count: (count: number) => people(count),
    emptyTitle: 'Your address book is empty',
    empty: 'Look up the people you work with. Whoever you keep stays right by itself from then on.',
    emptyAct: 'Look people up',
    nobodyHere: 'Nobody is here yet.',
    nobodyFavourite: 'Nobody is a favourite yet: press F at a person.',
    nobodyChanged: 'Nobody changed lately. When somebody does, they show up here.',
    nobodyLeft: 'Nobody in your address book has left the company.',
    unseen: 'changed, not seen yet',
    left: 'left the company',
    kept: 'own contact',
    choose: 'Choose somebody from the list.',
    chooseKeys: 'Up and down go through the list, / looks somebody up, ? shows all keys.',
  },

  lookUp: {
    field: 'Look up',
    placeholder: 'Name, pinyin, initials, number, department …',
    hint: 'Any part of a name, in any script; pinyin or initials; the end of a number; a department.',
    none: 'Nobody fits.',
    noneHint: 'Try fewer letters, or the last digits of a number.',
    heldOnly: 'Without the server, only your own entries are searched.',
    incomplete: 'The server is still reading everyone in; there may be more.',
    mistyped: 'Nobody fits as typed. Perhaps you mean:',
    total: (shown: number, total: number) => (shown < total ? `${number(shown)} of ${people(total)}` : people(total)),
    keep: 'Keep',
    kept: 'In your book',
    open: 'Open',
    close: 'Close',
    results: 'People found',
    keys: { keep: 'keep', open: 'open', move: 'choose', close: 'close' },
  },

  person: {
    call: 'Call',
    message: 'Message',
    mail: 'Mail',
    keep: 'Keep',
    keepLong: 'Keep in your address book',
    remove: 'Remove',
    favourite: 'Favourite',
    unfavourite: 'No favourite any more',
    more: 'More',
    back: 'Back to the list',
    copied: (value: string) => `Copied: ${value}`,
    copy: (label: string) => `Copy ${label}`,
    notCopied: 'The browser did not let it be copied: select it and press Ctrl-C.',
    numbers: 'Reach',
    work: 'Work',
    place: 'Where',
    names: 'Names',
    own: 'Only yours',
    nickname: 'Nickname',
    nicknameHint: 'What you call this person',
    note: 'Note',
    noteHint: 'Only you see this',
    groups: 'Groups',
    within: 'within the house',
    notHeld: 'Not in your address book. Keep this person, and changes come by themselves.',
    unknown: 'This person is not in your address book',
    left: 'Left the company. The entry stays until you decide.',
    kept: 'An own contact: the company does not keep it any more.',
  },

  did: {
    kept: (name: string) => `${name} is in your address book.`,
    removed: (name: string) => `${name} is removed.`,
    undo: 'Undo',
    dismiss: 'Dismiss',
    failed: (why: string) => why,
    wrote: 'Saved.',
  },

  keys: {
    title: 'Keys',
    close: 'Close',
    groups: { anywhere: 'Anywhere', list: 'In the list', person: 'At a person' },
    'look-up': 'Look somebody up',
    help: 'Show these keys',
    next: 'Next person',
    previous: 'Previous person',
    everyone: 'Everyone',
    history: 'History',
    call: 'Call',
    message: 'Message',
    mail: 'Mail',
    favourite: 'Favourite, or not any more',
    keep: 'Keep',
    back: 'Back',
  },

  account: {
    menu: (name: string) => (name === '' ? 'Account and appearance' : `${name}: account and appearance`),
    logOut: 'Log out',
    language: 'Language',
    theme: 'Appearance',
    light: 'Light',
    dark: 'Dark',
    system: 'As the system',
    keys: 'Keys',
  },

  page: {
    newVersion: 'A new version is here.',
    reload: 'Load it',
    nowhere: 'There is nothing at this address.',
    home: 'To your address book',
    brokenTitle: 'Something went wrong in this page',
    broken: 'Your address book is stored and was not touched. Load the page again.',
    loading: 'Opening your address book …',
  },
};

export type Texts = typeof en;
