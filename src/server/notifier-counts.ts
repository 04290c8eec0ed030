/** All that a notifier holds. */
export interface NotifierCounts {
  readonly subscriptions: number;
  /** NOTIFYs that wait for their turn. */
  readonly waiting: number;
  readonly unanswered: number;
  /** Subscriptions that are to be told again later. */
  readonly retries: number;
  /** Subscriptions whose rhythm is to ring. */
  readonly rhythms: number;
  /** Addresses that subscriptions come by. */
  readonly addresses: number;
  /** Persons of whom a subscription wants to hear. */
  readonly heldPersons: number;
  /** Slots that the store does not know as they are. */
  readonly unwritten: number;
}
