import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { shown, type FieldName, type Fields, type PersonalEntry } from '../../../browser/browser.ts';
import { promptsAbout, useBook, useFieldLabel } from '../engine/use-book.ts';
import { Menu } from '../kit/menu.tsx';
import { useTexts } from '../texts/texts.tsx';
import { changesOf } from './changes.ts';
import { FieldRow, mayWrite } from './field-row.tsx';
import { addable, fieldGroups, ownNames } from './fields.ts';
import css from './person.module.css';

/** Of somebody who is not held: what is known, and nothing to write. */
export function KnownFields({ fields }: { readonly fields: Fields }): ReactNode {
  return fieldGroups.map(({ name, fields: names }) => (
    <Group key={name} name={name}>
      {names.flatMap((field) =>
        fields[field] === undefined || ownNames.includes(field)
          ? []
          : [<FieldRow key={field} field={field} value={fields[field]} />],
      )}
    </Group>
  ));
}

/** Of an entry: with what changed lately, and with values of one's own. */
export function EntryFields({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const prompts = useBook((snapshot) => promptsAbout(snapshot.prompts, entry.person));
  const [added, setAdded] = useState<FieldName>();
  // When the page was opened will do: news do not grow old while one looks at them.
  const [now] = useState(() => Date.now());
  const changes = changesOf(prompts, now);
  const fields = shown(entry);
  const isShown = (field: FieldName): boolean =>
    ownNames.includes(field)
      ? entry.state === 'own' || changes.has(field)
      : fields[field] !== undefined || changes.has(field) || field === added;
  return (
    <>
      {fieldGroups.map(({ name, fields: names }) => (
        <Group key={name} name={name}>
          {names.filter(isShown).map((field) => (
            <FieldRow
              key={field === added ? `${field} added` : field}
              field={field}
              value={fields[field]}
              entry={entry}
              change={changes.get(field)}
              begun={field === added}
              done={() => setAdded(undefined)}
            />
          ))}
        </Group>
      ))}
      <AddField fields={fields} add={setAdded} />
    </>
  );
}

function AddField({ fields, add }: { readonly fields: Fields; readonly add: (field: FieldName) => void }): ReactNode {
  const texts = useTexts();
  const labelOf = useFieldLabel();
  const open = addable.filter((field) => fields[field] === undefined && mayWrite(field));
  if (open.length === 0) return null;
  return (
    <div className={css.add}>
      <Menu
        icon={Plus}
        label={texts.person.add}
        words
        items={open.map((field) => ({ kind: 'act', label: labelOf(field), act: () => add(field) }))}
      />
    </div>
  );
}

interface GroupProps {
  readonly name: (typeof fieldGroups)[number]['name'];
  readonly children: readonly ReactNode[];
}

function Group({ name, children }: GroupProps): ReactNode {
  const texts = useTexts();
  if (children.length === 0) return null;
  return (
    <section className={css.group} aria-labelledby={`group-${name}`}>
      <h2 id={`group-${name}`} className={css.groupTitle}>
        {texts.person[name]}
      </h2>
      <dl className={css.fields}>{children}</dl>
    </section>
  );
}
