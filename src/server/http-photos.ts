// A photo by its hash. What a hash names never changes, so whoever has it need not ask again.

import { isPhotoHash, photoTypes, type Photo } from '../book/photo.ts';
import { matches, refuse, type Answer } from './http-message.ts';
import type { Asked, Route } from './http-routes.ts';
import type { SeenLog } from './view.ts';

export const photoRoute: Route = {
  method: 'GET',
  path: '/v1/photos/{hash}',
  who: 'reader',
  summary: 'A photo, by the hash that the field photo of a person has',
  answers: { 200: Object.fromEntries(photoTypes.map((type) => [type, null])) },
  act: (asked) => answerPhoto(asked),
};

export async function photoOf(log: SeenLog, hash: string | undefined): Promise<Photo | undefined> {
  return hash === undefined || !isPhotoHash(hash) ? undefined : log.photo(hash);
}

async function answerPhoto({ names, request, view }: Asked): Promise<Answer> {
  const photo = await photoOf(view.log, names.get('hash'));
  // In the same words whatever is the matter: a photo that is not to be seen is none.
  if (photo === undefined) return refuse(404, 'Nobody in the book has this photo');
  const known = {
    etag: `"${photo.hash}"`,
    'cache-control': 'private, max-age=31536000, immutable',
    vary: 'authorization',
    // The type is one of four, by the first bytes: a browser is to believe it and not look for itself.
    'x-content-type-options': 'nosniff',
  };
  if (matches(request.headers['if-none-match'], photo.hash)) return { status: 304, headers: known, body: '' };
  return { status: 200, headers: { ...known, 'content-type': photo.type }, body: photo.bytes };
}
