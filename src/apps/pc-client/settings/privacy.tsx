// What the server knows of this address book, in plain words; the choice of it; and what was really said, to be seen.

import { EyeOff, Eye } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { Delivery } from '../../../browser/browser.ts';
import type { PassedStep } from '../engine/book.ts';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { say } from '../kit/say.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { Choice } from './choice.tsx';
import buttons from '../kit/button.module.css';
import css from './settings.module.css';

export function Privacy(): ReactNode {
  const { privacy } = useSeldomTexts();
  const book = useTheBook();
  const delivery = useBook((snapshot) => snapshot.delivery);
  const Sign = delivery === 'broadcast' ? EyeOff : Eye;
  return (
    <>
      <section className={css.summary} aria-labelledby="knows">
        <Sign size={22} strokeWidth={1.75} aria-hidden />
        <div>
          <h2 id="knows" className={css.knows}>
            {privacy.knows}
          </h2>
          <p role="status">{privacy.summary[delivery]}</p>
        </div>
      </section>
      <Choice<Delivery>
        label={privacy.how}
        among={{
          broadcast: { words: privacy.broadcast, long: privacy.broadcastLong },
          notice: { words: privacy.notice, long: privacy.noticeLong },
          held: { words: privacy.held, long: privacy.heldLong },
        }}
        chosen={delivery}
        choose={(one) => book.setDelivery(one)}
      />
      <List title={privacy.never} lines={privacy.neverList} />
      <List title={privacy.always} lines={privacy.alwaysList} />
      <Here />
      <Said />
    </>
  );
}

function List({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  return (
    <section className={css.section}>
      <h2 className={css.legend}>{title}</h2>
      <ul className={css.lines}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

interface Room {
  readonly octets: number | undefined;
  readonly lasting: boolean;
}

/** Undefined where the browser does not say: the page came by plain HTTP. */
async function roomTaken(): Promise<Room | undefined> {
  const { storage } = navigator as { readonly storage?: StorageManager };
  if (storage === undefined) return undefined;
  const [{ usage }, lasting] = await Promise.all([storage.estimate(), storage.persisted()]);
  return { octets: usage, lasting };
}

function Here(): ReactNode {
  const { privacy } = useSeldomTexts();
  const count = useBook(({ entries }) => entries.size);
  const prompts = useBook((snapshot) => snapshot.prompts.length);
  const [room, setRoom] = useState<Room>();
  useEffect(() => void roomTaken().then(setRoom), []);
  const persist = async (): Promise<void> => {
    if (!(await navigator.storage.persist())) say(privacy.persistRefused);
    setRoom(await roomTaken());
  };
  return (
    <section className={css.section}>
      <h2 className={css.legend}>{privacy.here}</h2>
      <p>
        {privacy.hereLong(count, prompts)} {room?.octets !== undefined && privacy.room(room.octets)}
      </p>
      {room !== undefined && (
        <div className={css.act}>
          <p className={css.long}>{room.lasting ? privacy.lasting : privacy.fleeting}</p>
          {!room.lasting && (
            <button type="button" className={buttons.plain} onClick={() => void persist()}>
              {privacy.persist}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Said(): ReactNode {
  const { privacy } = useSeldomTexts();
  const steps = useBook((snapshot) => snapshot.steps);
  return (
    <section className={css.section} aria-labelledby="said">
      <h2 id="said" className={css.legend}>
        {privacy.said}
      </h2>
      <p className={css.long}>{steps.length === 0 ? privacy.saidNothing : privacy.saidLong}</p>
      {steps.length > 0 && (
        <table className={css.said} aria-labelledby="said">
          <thead>
            <tr>
              <th scope="col">{privacy.table.when}</th>
              <th scope="col">{privacy.table.what}</th>
              <th scope="col" className={css.octets}>
                {privacy.table.octets}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <Line key={step.number} step={step} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Line({ step }: { readonly step: PassedStep }): ReactNode {
  const { privacy } = useSeldomTexts();
  const isSent = step.direction === 'sent';
  return (
    <tr>
      <td className={css.when}>{privacy.moment(step.at)}</td>
      <td>
        <span aria-hidden>{isSent ? '→ ' : '← '}</span>
        {privacy.steps[step.step]} <span className={css.way}>{isSent ? privacy.to : privacy.from}</span>{' '}
        {step.names && <strong className={css.names}>{privacy.names}</strong>}{' '}
        <code className={css.first}>
          {step.step} {step.firstLine}
        </code>
      </td>
      <td className={css.octets}>{privacy.octets(step.bytes)}</td>
    </tr>
  );
}
