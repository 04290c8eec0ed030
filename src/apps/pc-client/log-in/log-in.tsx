import { Eye, EyeOff } from 'lucide-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { TerminalFault } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { wordsOf } from '../kit/say.ts';
import { useTexts } from '../texts/texts.tsx';
import { Mark } from '../kit/mark.tsx';
import buttons from '../kit/button.module.css';
import css from './log-in.module.css';

/** `lead`: why one is asked. */
export function LogIn({ lead, done }: { readonly lead: string; readonly done?: () => void }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);

  async function logIn(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const user = fieldOf(form, 'user').value.trim();
    const password = fieldOf(form, 'password').value;
    if (user === '' || password === '') {
      setTrouble(texts.logIn.missing);
      fieldOf(form, user === '' ? 'user' : 'password').focus();
      return;
    }
    setBusy(true);
    setTrouble(undefined);
    try {
      await book.logIn({ user, password });
      done?.();
    } catch (fault) {
      const isWrong = fault instanceof TerminalFault && fault.trouble.kind === 'log-in-again';
      setTrouble(isWrong ? texts.logIn.wrong : wordsOf(fault, texts));
      fieldOf(form, 'password').focus();
    } finally {
      setBusy(false);
    }
  }

  const described = trouble === undefined ? {} : { 'aria-describedby': 'trouble', 'aria-invalid': true };
  return (
    <main className={css.page}>
      <form className={css.form} onSubmit={(event) => void logIn(event)} noValidate>
        <Mark className={css.mark} />
        <h1 className={css.title}>{texts.product}</h1>
        <p className={css.lead}>{lead}</p>
        <label className={css.label} htmlFor="user">
          {texts.logIn.user}
        </label>
        <input
          id="user"
          name="user"
          className={css.field}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          {...described}
        />
        <label className={css.label} htmlFor="password">
          {texts.logIn.password}
        </label>
        <div className={css.secret}>
          <input
            id="password"
            name="password"
            type={shown ? 'text' : 'password'}
            className={css.field}
            autoComplete="current-password"
            {...described}
          />
          <IconButton
            icon={shown ? EyeOff : Eye}
            label={shown ? texts.logIn.hide : texts.logIn.show}
            className={css.eye}
            onClick={() => setShown(!shown)}
          />
        </div>
        <p id="trouble" role="alert" className={css.trouble}>
          {trouble}
        </p>
        <button type="submit" className={classes(buttons.primary, css.act)} disabled={busy}>
          {busy ? texts.logIn.acting : texts.logIn.act}
        </button>
      </form>
    </main>
  );
}

function fieldOf(form: HTMLFormElement, name: 'user' | 'password'): HTMLInputElement {
  const field = form.elements.namedItem(name);
  if (!(field instanceof HTMLInputElement)) throw new Error(`the form has no field ${name}`);
  return field;
}
