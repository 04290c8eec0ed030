// Photos as the browser draws them: an address of its own for each, made once, given back when many others have come.

import { useEffect, useState } from 'react';
import { HostFault, TerminalFault, type Photo, type PersonId } from '../../../browser/browser.ts';
import { useBook, useTheBook } from './use-book.ts';

const most = 300;
const addresses = new Map<string, string>();

function addressOf(photo: Photo): string {
  const known = addresses.get(photo.hash);
  const address = known ?? URL.createObjectURL(new Blob([photo.bytes as BlobPart], { type: photo.type }));
  addresses.delete(photo.hash);
  addresses.set(photo.hash, address);
  const [oldest] = addresses;
  if (addresses.size > most && oldest !== undefined) {
    addresses.delete(oldest[0]);
    URL.revokeObjectURL(oldest[1]);
  }
  return address;
}

/** The address of the photo `hash` of somebody, held or not, once it is here. */
export function usePhoto(person: PersonId, hash: string | undefined): string | undefined {
  const { terminal } = useTheBook();
  const came = useBook(({ photos }) => photos.get(person));
  const held = useBook(({ entries }) => entries.has(person));
  const [photo, setPhoto] = useState<{ readonly hash: string; readonly address: string }>();
  useEffect(() => {
    if (hash === undefined) return undefined;
    let wanted = true;
    const asked = held ? terminal.photo(person) : terminal.photoOf(hash);
    asked.then(
      (found) => wanted && found !== undefined && setPhoto({ hash, address: addressOf(found) }),
      // Without a server, or a book, there is the monogram.
      (fault: unknown) => {
        if (!(fault instanceof TerminalFault || fault instanceof HostFault)) throw fault;
      },
    );
    return () => {
      wanted = false;
    };
    // `came`: it was not here before, and now is.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [terminal, person, hash, came, held]);
  return photo !== undefined && photo.hash === hash ? photo.address : undefined;
}
