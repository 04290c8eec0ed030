// What the tests ask of the libraries that speak SIP over WebSocket.

/** One NOTIFY. */
export interface Told {
  /** Subscription-State. */
  readonly state: string;
  readonly etag: string | undefined;
  readonly body: string;
}

export interface LibrarySubscriber extends AsyncDisposable {
  readonly told: AsyncIterator<Told>;
  /** The reason of the last NOTIFY. */
  readonly over: Promise<string>;
  refresh(): void;
  leave(): void;
}

export interface SubscriberOptions {
  /** Before it subscribes. */
  readonly register?: boolean;
  /** In place of the password. */
  readonly token?: string;
}

/** The Accept header: both bodies, so that changes come whole where `delivery` asks for them. */
export const accepted = 'application/vnd.rollcall.changes+json, application/vnd.rollcall.notice+json';
