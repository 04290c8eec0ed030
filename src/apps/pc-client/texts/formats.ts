// Numbers, dates and plurals as a language has them, by the browser.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export interface Dated {
  /** `14:02`; of another day with the day. */
  readonly moment: (at: number) => string;
  /** `today 14:02` */
  readonly dayAndMoment: (at: number) => string;
  /** How long ago: `3 seconds ago`. */
  readonly days: (at: number) => string;
  /** `today`, `yesterday`, else the date. */
  readonly dayOf: (at: number) => string;
  readonly number: (value: number) => string;
}

/** As `language` has them, in the region that the browser is set to: the hours are 24 in most. */
export function dated(language: string): Dated {
  const regional = navigator.languages.find((each) => each.split('-', 1)[0] === language.split('-', 1)[0]) ?? language;
  const time = new Intl.DateTimeFormat(regional, { hour: 'numeric', minute: '2-digit' });
  const dayAndTime = new Intl.DateTimeFormat(regional, {
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
  });
  const wholeDay = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const numbers = new Intl.NumberFormat(language);
  return {
    moment: (at) => (isToday(at) ? time : dayAndTime).format(at),
    dayAndMoment: (at) => (isToday(at) ? `${ago.format(0, 'day')} ${time.format(at)}` : dayAndTime.format(at)),
    days: (at) => {
      const past = Math.max(0, Date.now() - at);
      if (past < minute) return ago.format(-Math.floor(past / 1000), 'second');
      if (past < hour) return ago.format(-Math.floor(past / minute), 'minute');
      if (past < day) return ago.format(-Math.floor(past / hour), 'hour');
      return ago.format(-Math.floor(past / day), 'day');
    },
    dayOf: (at) => {
      const past = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / day);
      return past === 0 || past === 1 ? ago.format(-past, 'day') : wholeDay.format(at);
    },
    number: (value) => numbers.format(value),
  };
}

const isToday = (at: number): boolean => new Date(at).toDateString() === new Date().toDateString();

/** Says how many: `#` in a form stands for the number. */
export function counted(
  language: string,
  forms: Readonly<{ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>>,
): (count: number) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
}

const mostNamed = 3;

/** Names in a row; of many the first ones, and how many more. */
export function listing(language: string, more: (count: number) => string): (names: readonly string[]) => string {
  const list = new Intl.ListFormat(language);
  return (names) =>
    list.format(names.length <= mostNamed + 1 ? names : [...names.slice(0, mostNamed), more(names.length - mostNamed)]);
}
