import { NotifierSide } from './notifier-side.ts';
import { Registrar } from './registrar.ts';
import type { NotifierOptions, Setting } from './setting.ts';

/** What an endpoint has more that serves. */
export interface Serving {
  readonly notifier: NotifierSide;
  readonly registrar: Registrar | undefined;
}

/** The `serve` of `NotifierOptions`. */
export function serve(setting: Setting, options: NotifierOptions): Serving {
  const notifier = new NotifierSide(setting, options);
  const { registrar } = options;
  return { notifier, registrar: registrar && new Registrar(setting, registrar, notifier.identification) };
}
