import { textOf } from '../../src/base/bytes.ts';
import type { DirectoryEvent } from '../../src/ldap/refresh.ts';

/** An event on one line, to compare and to read. */
export function written(event: DirectoryEvent): string {
  switch (event.kind) {
    case 'began':
      return event.comparison === true ? 'began to compare' : 'began';
    case 'entry': {
      const attributes = [...event.attributes].map(([name, values]) => `${name}=${values.map(textOf).join('|')}`);
      return `entry ${event.key} ${event.dn} ${attributes.join(' ')}`;
    }
    case 'listed':
      return `listed ${event.entries.map(({ key, dn, stamp }) => `${key} ${dn} ${stamp ?? '-'}`).join(', ')}`;
    case 'present':
    case 'gone':
      return `${event.kind} ${event.keys.join(' ')}`;
    case 'refreshed':
      return `refreshed sweep=${event.sweep} ${event.cookie ?? 'without a cookie'}`;
    case 'checkpoint':
      return `checkpoint ${event.cookie}`;
    case 'manner':
      return `followed ${event.words}`;
    case 'lost':
      return `lost ${event.retryInMilliseconds} ${event.problem}`;
    case 'refused':
      return `refused ${event.problem} / ${event.advice}`;
  }
}
