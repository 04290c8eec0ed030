// One of several: the browser's own radio buttons, so that keys and screen readers know them.

import { useId, type ReactNode } from 'react';
import css from './settings.module.css';

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly among: Readonly<Record<Name, { readonly words: string; readonly long?: string }>>;
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
}

export function Choice<Name extends string>({ label, among, chosen, choose }: ChoiceProps<Name>): ReactNode {
  const group = useId();
  const names = Object.keys(among) as Name[];
  return (
    <fieldset className={css.choice}>
      <legend className={css.legend}>{label}</legend>
      {names.map((name) => {
        const { words, long } = among[name];
        const id = `${group}${name}`;
        return (
          <div key={name} className={css.option}>
            <input
              type="radio"
              id={id}
              name={group}
              checked={chosen === name}
              onChange={() => choose(name)}
              aria-describedby={long === undefined ? undefined : `${id}long`}
            />
            <label htmlFor={id}>{words}</label>
            {long !== undefined && (
              <p id={`${id}long`} className={css.long}>
                {long}
              </p>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
