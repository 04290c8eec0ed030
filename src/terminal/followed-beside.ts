// What a terminal follows beside its entries, while somebody is logged in and wants to be kept up to date: their photos, and who is
// new in the employee's department.

import type { PersonId } from '../book/person-id.ts';
import type { EnterpriseQuestions } from './enterprise-questions.ts';
import type { TerminalEvent } from './face.ts';
import type { TerminalHost } from './host.ts';
import { nobodyLoggedIn, type LoggedIn } from './logged-in.ts';
import { NewcomersFollowing } from './newcomers-following.ts';
import type { PersonalAddressBookStore } from './personal-address-book.ts';
import { PhotosFollowing } from './photos-following.ts';

export interface FollowedBesideOptions {
  readonly host: Pick<TerminalHost<never>, 'clock' | 'wallTime' | 'sha256' | 'seed'>;
  readonly store: PersonalAddressBookStore;
  readonly enterprise: EnterpriseQuestions;
  readonly loggedIn: () => LoggedIn | undefined;
  readonly tell: (event: TerminalEvent) => void;
}

export class FollowedBeside implements Disposable {
  readonly photos: PhotosFollowing;
  readonly newcomers: NewcomersFollowing;

  constructor({ host, store, enterprise, loggedIn, tell }: FollowedBesideOptions) {
    const { clock, wallTime, sha256 } = host;
    this.photos = new PhotosFollowing({
      store,
      clock,
      sha256,
      tell,
      seed: host.seed(),
      ask: (message) => loggedIn()?.bytes(message),
    });
    this.newcomers = new NewcomersFollowing({
      store,
      clock,
      wallTime,
      enterprise,
      seed: host.seed(),
      me: (): PersonId | undefined => loggedIn()?.me.person,
      ask: (message) => loggedIn()?.ask(message) ?? Promise.resolve(nobodyLoggedIn),
      tell: (prompts) => tell({ kind: 'prompted', prompts }),
    });
  }

  follow(online: boolean): void {
    this.photos.follow(online);
    this.newcomers.follow(online);
  }

  [Symbol.dispose](): void {
    this.photos[Symbol.dispose]();
    this.newcomers[Symbol.dispose]();
  }
}
