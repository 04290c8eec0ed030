// What the tabs of one origin say to each other. Only tabs of one version understand each other: those of an older one
// are told that a newer one has come, and nothing else they say or hear is believed.

import type { TerminalEvent } from '../terminal/face.ts';
import type { TerminalState } from '../terminal/terminal.ts';
import type { Delivery } from '../wire/interest.ts';

/** Of the engine, wherever it runs. */
export interface Wanted {
  readonly online: boolean;
  readonly delivery: Delivery;
}

export type Saying =
  /** A page was opened: those of other versions are out of date from now on. */
  | { readonly kind: 'arrived' }
  | { readonly kind: 'who-holds' }
  | { readonly kind: 'holding'; readonly state: TerminalState; readonly wanted: Wanted }
  | { readonly kind: 'told'; readonly event: TerminalEvent }
  | { readonly kind: 'wanted'; readonly wanted: Wanted }
  /** The employee did something that wrote to the book, or logged in or out. */
  | { readonly kind: 'acted' };

export interface TabTalkOptions {
  readonly name: string;
  readonly version: string;
  readonly heard: (saying: Saying) => void;
  readonly outdated: () => void;
}

export class TabTalk {
  readonly #options: TabTalkOptions;
  #channel: BroadcastChannel | undefined;

  constructor(options: TabTalkOptions) {
    this.#options = options;
  }

  /** Makes this version the newest. */
  arrive(): void {
    // A tab that was asleep when it was said reads it here.
    localStorage.setItem(this.#options.name, this.#options.version);
    this.open();
    this.say({ kind: 'arrived' });
  }

  open(): void {
    this.close();
    const { name, version, heard, outdated } = this.#options;
    const channel = new BroadcastChannel(name);
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!isEnvelope(data)) return;
      if (data.version === version) heard(data.saying);
      else if (data.saying.kind === 'arrived') outdated();
    });
    this.#channel = channel;
  }

  say(saying: Saying): void {
    this.#channel?.postMessage({ version: this.#options.version, saying } satisfies Envelope);
  }

  /** Nothing is heard any more, and what is said is heard by nobody. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  isOutdated(): boolean {
    const newest = localStorage.getItem(this.#options.name);
    return newest !== null && newest !== this.#options.version;
  }
}

interface Envelope {
  readonly version: string;
  readonly saying: Saying;
}

/** Whatever else a page of the origin says under this name. */
function isEnvelope(data: unknown): data is Envelope {
  const { version, saying } = (data ?? {}) as Partial<Envelope>;
  return typeof version === 'string' && typeof saying === 'object' && 'kind' in (saying ?? {});
}
