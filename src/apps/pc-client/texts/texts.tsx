// Which language the page speaks, and its texts: one object a language, fetched when it is spoken.

import { createContext, use } from 'react';
import { choices } from '../engine/choices.ts';
import type { Texts } from './en.ts';

export type Language = 'en' | 'zh-CN';

export const languages: Readonly<Record<Language, string>> = { en: 'English', 'zh-CN': '简体中文' };

/** What the employee chose, or else what the browser is set to. */
export function languageToSpeak(): Language {
  const chosen = choices.read('language');
  if (chosen === 'en' || chosen === 'zh-CN') return chosen;
  return navigator.languages
    .find((each) => /^(?:zh|en)\b/i.test(each))
    ?.toLowerCase()
    .startsWith('zh') === true
    ? 'zh-CN'
    : 'en';
}

export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'en' ? (await import('./en.ts')).en : (await import('./zh-CN.ts')).zhCN;
}

export interface Speech {
  readonly texts: Texts;
  readonly speak: (language: Language) => void;
}

export const SpeechContext = createContext<Speech | undefined>(undefined);

function useSpeech(): Speech {
  const speech = use(SpeechContext);
  if (speech === undefined) throw new Error('there is no language above this component');
  return speech;
}

export const useTexts = (): Texts => useSpeech().texts;
export const useSpeak = (): Speech['speak'] => useSpeech().speak;
