// Look-up: one field over the page, answered as one types. The enterprise's people and one's own are in one list, told
// apart; Enter keeps whom the bar is on, Ctrl-Enter opens them, and either waits for the answer to what was typed. That is
// in the address, so that going back comes back to it.

import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Check, ContactRound, Search, UserPlus } from 'lucide-react';
import {
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import type { LookUp, Person } from '../../../browser/browser.ts';
import { useEntry, useTheBook } from '../engine/use-book.ts';
import { CloseButton } from '../kit/close-button.tsx';
import { Key } from '../kit/key.tsx';
import { attempt, say, wordsOf } from '../kit/say.ts';
import { Portrait } from '../list/portrait.tsx';
import { numberToCall, quietLine } from '../list/row.tsx';
import { useSuggestions, type Suggested } from '../organisation/suggested.ts';
import { everyone, go, leaveOver } from '../shell/place.ts';
import { typedNumber, type TypedNumber } from '../starting/typed-number.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import floating from '../kit/floating.module.css';
import line from '../list/person-line.module.css';
import css from './look-up.module.css';

const limit = 50;
const noSuggestions: readonly Suggested[] = [];
/** While keys follow each other faster than this, only the last is asked about. */
const restMilliseconds = 60;

/** `to` what was typed. */
type Answer =
  | { readonly kind: 'found'; readonly to: string; readonly found: LookUp; readonly number: TypedNumber | undefined }
  | { readonly kind: 'failed'; readonly to: string; readonly words: string };

/** What is found for `text`: the answer before stays until the next one is here, which `came` hears of. */
function useAnswer(text: string, came: (answer: Answer) => void): Answer | undefined {
  const book = useTheBook();
  const texts = useTexts();
  const [answer, setAnswer] = useState<Answer>();
  const take = useEffectEvent((taken: Answer) => {
    setAnswer(taken);
    came(taken);
  });
  const isEmpty = text.trim() === '';
  useEffect(() => {
    if (isEmpty) return undefined;
    let wanted = true;
    const ask = async (): Promise<void> => {
      try {
        const [found, number] = await Promise.all([book.lookUp(text, limit), typedNumber(book.terminal, text)]);
        if (wanted) take({ kind: 'found', to: text, found, number });
      } catch (fault) {
        if (wanted) take({ kind: 'failed', to: text, words: wordsOf(fault, texts) });
      }
    };
    const timer = setTimeout(() => void ask(), restMilliseconds);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [book, texts, text, isEmpty]);
  return isEmpty ? undefined : answer;
}

export default function LookUpPane({ text }: { readonly text: string }): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const book = useTheBook();
  const answer = useAnswer(text, doEarly);
  const highlighted = useRef<Person>(undefined);
  /** Pressed while the list was still of what was typed before. */
  const early = useRef<'keep' | 'open'>(undefined);
  const isEmpty = text.trim() === '';
  const suggestions = useSuggestions(isEmpty);
  const suggested = isEmpty && suggestions.kind === 'here' ? suggestions.answer.people : noSuggestions;
  const people =
    answer?.kind === 'found' ? peopleOf(answer.found, answer.number) : suggested.map(({ person }) => person);

  const open = (person: Person): void => {
    book.know([person]);
    void book.terminal.lookedUp(person.id);
    go({ kind: 'person', person: person.id, list: everyone });
  };
  async function keep(person: Person): Promise<void> {
    if (book.snapshot.entries.has(person.id)) return open(person);
    if (!(await attempt(texts, () => book.keep(person.id)))) return undefined;
    return say(texts.did.kept(person.fields.name ?? person.id), {
      label: texts.did.undo,
      act: () => void attempt(texts, () => book.remove(person.id)),
    });
  }
  function hearEnter(event: KeyboardEvent): void {
    const { key, target, nativeEvent } = event;
    // Enter that ends the choice of a character is the input method's.
    if (key !== 'Enter' || nativeEvent.isComposing || !(target instanceof HTMLInputElement)) return;
    const how = event.ctrlKey || event.metaKey ? 'open' : 'keep';
    const isEarly = !isEmpty && answer?.to !== text;
    // Base UI's own Enter keeps.
    if (how === 'keep' && !isEarly) return;
    event.preventDefault();
    event.stopPropagation();
    if (isEarly) early.current = how;
    else if (highlighted.current !== undefined) open(highlighted.current);
  }
  function doEarly(came: Answer): void {
    const how = early.current;
    early.current = undefined;
    const [first] = came.kind === 'found' ? peopleOf(came.found, came.number) : [];
    if (how === undefined || first === undefined) return;
    if (how === 'open') open(first);
    else void keep(first);
  }
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && leaveOver()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={floating.backdrop} />
        <Dialog.Popup className={css.popup} aria-label={texts.lookUp.field} onKeyDownCapture={hearEnter}>
          <Autocomplete.Root
            open
            inline
            mode="none"
            filter={null}
            items={people}
            value={text}
            itemToStringValue={({ fields }: Person) => fields.name ?? ''}
            // What nobody asked for, a hasty Enter does not keep.
            autoHighlight={isEmpty ? false : 'always'}
            keepHighlight
            onValueChange={(value, { reason }) => {
              if (reason === 'item-press') return;
              early.current = undefined;
              go({ kind: 'look-up', text: value }, { replace: true });
            }}
            onItemHighlighted={(person: Person | undefined) => {
              highlighted.current = person;
            }}
          >
            <div className={css.head}>
              <Search size={19} className={css.glass} aria-hidden />
              <Autocomplete.Input
                className={css.field}
                aria-label={texts.lookUp.field}
                placeholder={texts.lookUp.placeholder}
                autoFocus
                maxLength={200}
                spellCheck={false}
              />
              <Dialog.Close render={<CloseButton label={texts.lookUp.close} />} />
            </div>
            <Said answer={answer} />
            {suggested.length > 0 && <h2 className={css.suggested}>{organisation.suggested}</h2>}
            <Autocomplete.List className={css.found} aria-label={texts.lookUp.results}>
              {(person: Person) => (
                <Autocomplete.Item
                  key={person.id}
                  value={person}
                  className={css.item}
                  // Enter presses it without a pointer, and keeps; a pointer opens.
                  onClick={({ detail }) => (detail === 0 ? void keep(person) : open(person))}
                >
                  <Found
                    person={person}
                    why={suggested.find((each) => each.person === person)?.why}
                    keep={() => void keep(person)}
                  />
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
          <Foot answer={answer} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Whose number it is stands first, whatever else fits. */
function peopleOf({ persons }: LookUp, number: TypedNumber | undefined): readonly Person[] {
  const owners = number?.owners ?? [];
  return [...owners, ...persons.filter(({ id }) => owners.every((owner) => owner.id !== id))];
}

/** What there is to say before the people, or in place of them. */
function Said({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  const { lookUp } = useTexts();
  if (answer === undefined) return <p className={css.hint}>{lookUp.hint}</p>;
  if (answer.kind === 'failed') return <p className={css.trouble}>{answer.words}</p>;
  const { source, complete, total, asTyped } = answer.found;
  const { number } = answer;
  return (
    <div role="status">
      {number !== undefined && <Whose number={number} />}
      {source === 'held' && <p className={css.trouble}>{lookUp.heldOnly}</p>}
      {!complete && <p className={css.trouble}>{lookUp.incomplete}</p>}
      {total > 0 && asTyped === 0 && <p className={css.said}>{lookUp.mistyped}</p>}
      {total === 0 && (
        <p className={css.hint}>
          <strong>{lookUp.none}</strong> {lookUp.noneHint}
        </p>
      )}
    </div>
  );
}

function Whose({ number: { owners, uri } }: { readonly number: TypedNumber }): ReactNode {
  const { lookUp } = useTexts();
  const [first] = owners;
  return (
    <p className={css.said}>
      {first === undefined ? lookUp.nobodys : lookUp.whose(first.fields.name ?? first.id, owners.length - 1)}{' '}
      <a href={uri} className={css.call}>
        {lookUp.callIt}
      </a>
    </p>
  );
}

interface FoundProps {
  readonly person: Person;
  /** Of whom nobody asked for. */
  readonly why: Suggested['why'] | undefined;
  readonly keep: () => void;
}

function Found({ person, why, keep }: FoundProps): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const { id, fields } = person;
  const entry = useEntry(id);
  const note = why && organisation.why[why];
  const press = (event: MouseEvent): void => {
    event.stopPropagation();
    keep();
  };
  return (
    <>
      <Portrait person={id} fields={fields} />
      <span className={line.words}>
        <span className={line.name}>
          {fields.name ?? fields.chineseName ?? id}
          {entry !== undefined && entry.own.nickname !== '' && (
            <span className={line.nickname}>{entry.own.nickname}</span>
          )}
        </span>
        <span className={line.quiet}>
          {[note, quietLine(fields), numberToCall(fields)].filter(Boolean).join(' · ')}
        </span>
      </span>
      {entry === undefined ? (
        // For the pointer; the keyboard has Enter.
        <span className={line.keep} aria-hidden onClick={press}>
          <UserPlus size={16} />
          {texts.lookUp.keep}
        </span>
      ) : (
        <span className={line.kept}>
          {entry.state === 'own' ? <ContactRound size={16} aria-hidden /> : <Check size={16} aria-hidden />}
          {entry.state === 'own' ? texts.list.kept : texts.lookUp.kept}
        </span>
      )}
    </>
  );
}

function Foot({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  const { lookUp } = useTexts();
  const found = answer?.kind === 'found' ? answer.found : undefined;
  return (
    <div className={css.foot}>
      <span>{found !== undefined && found.total > 0 && lookUp.total(found.persons.length, found.total)}</span>
      <span className={css.footKeys}>
        <Key>↵</Key> {lookUp.keys.keep}
        <Key>Ctrl ↵</Key> {lookUp.keys.open}
        <Key>↑↓</Key> {lookUp.keys.move}
        <Key>Esc</Key> {lookUp.keys.close}
      </span>
    </div>
  );
}
