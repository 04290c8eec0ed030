// The form of somebody who is only the employee's: a new one, or one that is there.

import { ImagePlus, Trash2 } from 'lucide-react';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import type { FieldName, Fields, Own, PersonalEntry, PersonId } from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { usePhoto } from '../engine/photo.ts';
import { useEntry, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { attempt, say } from '../kit/say.ts';
import { everyone, go } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { close } from './opened.ts';
import { Over } from './over.tsx';
import { pictureOf } from './picture.ts';
import buttons from '../kit/button.module.css';
import css from './exchange.module.css';

/** What is asked for; a contact may have others, which stay as they are. */
const asked = [
  'name',
  'company',
  'title',
  'mobileTelephone',
  'officeTelephone',
  'homeTelephone',
  'mail',
  'street',
  'city',
] as const satisfies readonly FieldName[];

const types: Partial<Record<FieldName, string>> = {
  mobileTelephone: 'tel',
  officeTelephone: 'tel',
  homeTelephone: 'tel',
  mail: 'email',
};

/** `undefined`: as it is. `none`: taken away. */
type NewPhoto = Uint8Array | 'none' | undefined;

export default function Form({ person }: { readonly person: PersonId | undefined }): ReactNode {
  const { exchange } = useTexts();
  return (
    <Over title={person === undefined ? exchange.newContact : exchange.editContact}>
      {person === undefined ? <Fill /> : <Edit person={person} />}
    </Over>
  );
}

function Edit({ person }: { readonly person: PersonId }): ReactNode {
  const entry = useEntry(person);
  return entry === undefined ? null : <Fill entry={entry} />;
}

function Fill({ entry }: { readonly entry?: PersonalEntry }): ReactNode {
  const texts = useTexts();
  const { exchange } = texts;
  const labelOf = useFieldLabel();
  const keep = useKeep(entry);
  const [missing, setMissing] = useState(false);
  const [photo, setPhoto] = useState<NewPhoto>();
  const [acting, setActing] = useState(false);
  const own = entry?.own;
  async function act(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const written = new FormData(event.currentTarget);
    const part = partOf(written, own);
    if (Object.values(part.values).every((value) => value === '') && part.nickname === '') return setMissing(true);
    setActing(true);
    await keep(part, photo);
    return setActing(false);
  }
  return (
    <form onSubmit={(event) => void act(event)} noValidate>
      <p className={css.lead}>{exchange.ownLead}</p>
      <Photo entry={entry} photo={photo} choose={setPhoto} />
      <div className={css.form}>
        {asked.map((field) => (
          <label key={field} className={css.label}>
            {labelOf(field)}
            <input
              className={css.field}
              name={field}
              type={types[field] ?? 'text'}
              defaultValue={own?.values[field]}
              maxLength={200}
              autoComplete="off"
              autoFocus={field === 'name'}
            />
          </label>
        ))}
        <label className={css.label}>
          {texts.person.nickname}
          <input
            className={css.field}
            name="nickname"
            defaultValue={own?.nickname}
            maxLength={100}
            autoComplete="off"
          />
        </label>
        <label className={css.wide}>
          {texts.person.note}
          <textarea className={css.field} name="note" rows={3} defaultValue={own?.note} maxLength={10_000} />
        </label>
      </div>
      <p role="alert" className={css.wrong}>
        {missing && exchange.missing}
      </p>
      <div className={css.acts}>
        <button type="button" className={buttons.plain} onClick={close}>
          {exchange.cancel}
        </button>
        <button type="submit" className={buttons.primary} disabled={acting}>
          {exchange.keep}
        </button>
      </div>
    </form>
  );
}

type Part = Pick<Own, 'nickname' | 'note' | 'values'>;

function partOf(written: FormData, own: Own | undefined): Part {
  const text = (name: string): string => {
    const value = written.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const values: Fields = { ...own?.values, ...Object.fromEntries(asked.map((field) => [field, text(field)])) };
  return { nickname: text('nickname'), note: text('note'), values };
}

/** Adds the contact, or writes it anew; both with a way back. */
function useKeep(entry: PersonalEntry | undefined): (part: Part, photo: NewPhoto) => Promise<void> {
  const texts = useTexts();
  const book = useTheBook();
  const told = (words: string, back: () => Promise<unknown>): void => {
    close();
    say(words, { label: texts.did.undo, act: () => void attempt(texts, back) });
  };
  return async (part, photo) => {
    await attempt(texts, async () => {
      if (entry !== undefined) {
        const back = await rewrite(book, entry, { part, photo });
        told(texts.did.wrote, back);
        return;
      }
      const [added] = await book.addOwn([{ ...part, ...(photo instanceof Uint8Array && { photo }) }]);
      if (added === undefined) return;
      go({ kind: 'person', person: added.person, list: everyone });
      told(texts.exchange.added, async () => {
        await book.remove(added.person);
        go(everyone);
      });
    });
  };
}

interface Rewriting {
  readonly part: Part;
  readonly photo: NewPhoto;
}

async function rewrite(book: Book, entry: PersonalEntry, { part, photo }: Rewriting): Promise<() => Promise<void>> {
  const { person, own } = entry;
  const before = photo === undefined ? undefined : await book.terminal.photo(person);
  await book.writeAll([{ person, own: part, ...(photo !== undefined && { photo }) }]);
  const photoBefore = photo !== undefined && { photo: before?.bytes ?? ('none' as const) };
  return () => book.writeAll([{ person, own, ...photoBefore }]);
}

interface PhotoProps {
  readonly entry: PersonalEntry | undefined;
  readonly photo: NewPhoto;
  readonly choose: (photo: NewPhoto) => void;
}

function Photo({ entry, photo, choose }: PhotoProps): ReactNode {
  const { exchange } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const kept = usePhoto(entry?.person ?? ('' as PersonId), entry?.own.values.photo);
  const shown = photo === undefined ? kept : photo === 'none' ? undefined : chosen;
  // The picture of one who left is the company's.
  if (entry !== undefined && entry.state !== 'own') return null;
  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const picture = await pictureOf(file);
    setTrouble(picture === undefined);
    if (picture === undefined) return;
    setChosen(URL.createObjectURL(new Blob([picture], { type: 'image/jpeg' })));
    choose(picture);
  }
  return (
    <div className={css.photo}>
      {shown !== undefined && <img src={shown} alt={exchange.photo} className={css.picture} />}
      <button type="button" className={buttons.plain} onClick={() => input.current?.click()}>
        <ImagePlus size={17} aria-hidden />
        {exchange.choosePhoto}
      </button>
      {shown !== undefined && <IconButton icon={Trash2} label={exchange.removePhoto} onClick={() => choose('none')} />}
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={exchange.photo}
        onChange={({ target }) => void take(target.files?.[0])}
      />
      <span role="alert" className={css.wrong}>
        {trouble && exchange.noPicture}
      </span>
    </div>
  );
}
