// User and password, or the company's account; what is wrong is said in words below.

import { Eye, EyeOff } from 'lucide-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { identityProvider, leaveToLogIn, TerminalFault, type ProviderAt } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { wordsOf } from '../kit/say.ts';
import type { Texts } from '../texts/en.ts';
import { useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './log-in.module.css';

export interface LogInFormProps {
  /** Who it was before, where the session has ended. */
  readonly user?: string;
  /** What went wrong before the page was here. */
  readonly trouble?: string | undefined;
  readonly done: () => void;
}

export function LogInForm({ user: before = '', trouble: earlier, done }: LogInFormProps): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const [trouble, setTrouble] = useState(earlier);
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
      done();
    } catch (fault) {
      setTrouble(whyNot(fault, texts));
      fieldOf(form, 'password').focus();
    } finally {
      setBusy(false);
    }
  }

  const described = trouble === undefined ? {} : { 'aria-describedby': 'trouble', 'aria-invalid': true };
  return (
    <form className={css.form} onSubmit={(event) => void logIn(event)} noValidate>
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
        defaultValue={before}
        autoFocus={before === ''}
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
          autoFocus={before !== ''}
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
      <ByProvider setTrouble={setTrouble} />
    </form>
  );
}

/** Where the server offers it. */
function ByProvider({ setTrouble }: { readonly setTrouble: (trouble: string) => void }): ReactNode {
  const texts = useTexts();
  const [at, setAt] = useState<ProviderAt>('none');
  useEffect(() => {
    identityProvider().then(setAt, (fault: unknown) => {
      // Without a server there is no log-in at all, as the attempt says.
      if (!(fault instanceof TerminalFault)) throw fault;
    });
  }, []);
  if (at === 'none') return null;
  if (at === 'away') return <p className={css.lead}>{texts.logIn.providerAway}</p>;
  const leave = (): void => void leaveToLogIn().catch((fault: unknown) => setTrouble(wordsOf(fault, texts)));
  return (
    <button type="button" className={classes(buttons.plain, css.act)} onClick={leave}>
      {texts.logIn.provider}
    </button>
  );
}

/** In words of the log-in: nothing is here yet that could be lost. */
function whyNot(fault: unknown, texts: Texts): string {
  if (!(fault instanceof TerminalFault)) return wordsOf(fault, texts);
  const { logIn } = texts;
  switch (fault.trouble.kind) {
    case 'log-in-again':
      return logIn.wrong;
    case 'unreachable':
      return logIn.away;
    case 'not-allowed':
      return logIn.stranger;
    case 'busy':
      return fault.retryAfter === undefined ? wordsOf(fault, texts) : logIn.wait(fault.retryAfter);
    case 'malformed':
    case 'too-large':
    case 'store':
      return wordsOf(fault, texts);
  }
}

function fieldOf(form: HTMLFormElement, name: 'user' | 'password'): HTMLInputElement {
  const field = form.elements.namedItem(name);
  if (!(field instanceof HTMLInputElement)) throw new Error(`the form has no field ${name}`);
  return field;
}
