// What an administrator's act came to, as an answer.

import type { ChangeList } from '../book/change-list.ts';
import type { Done } from '../wire/admin.ts';
import type { Refusal } from './administration.ts';
import { refuse } from './http-message.ts';

export const granted = <T extends { readonly kind: string }>(result: T | Refusal): T =>
  isRefusal(result) ? refuse(result.status, result.problem) : result;

const isRefusal = (result: { readonly kind: string } | Refusal): result is Refusal => result.kind === 'refused';

export const doneOf = ({ book, after, upTo }: ChangeList): Done => ({ book, after, upTo });
