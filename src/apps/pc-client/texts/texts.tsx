// Which language the page speaks, and its texts: one object a language, fetched when it is spoken.

import { createContext, use } from 'react';
import { choices } from '../engine/choices.ts';
import type { Texts } from './en.ts';
import type { SeldomTexts } from './seldom-en.ts';

export type Language = 'en' | 'zh-CN';
export type LanguageChoice = Language | 'system';

export const languages: Readonly<Record<Language, string>> = { en: 'English', 'zh-CN': '简体中文' };

export function languageChosen(): LanguageChoice {
  const chosen = choices.read('language');
  return chosen === 'en' || chosen === 'zh-CN' ? chosen : 'system';
}

/** What the employee chose, or else what the browser is set to. */
export function languageToSpeak(): Language {
  const chosen = languageChosen();
  if (chosen !== 'system') return chosen;
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
  readonly speak: (language: LanguageChoice) => void;
}

export const SpeechContext = createContext<Speech | undefined>(undefined);

function useSpeech(): Speech {
  const speech = use(SpeechContext);
  if (speech === undefined) throw new Error('there is no language above this component');
  return speech;
}

export const useTexts = (): Texts => useSpeech().texts;
export const useSpeak = (): Speech['speak'] => useSpeech().speak;

const seldom = new Map<string, Promise<SeldomTexts>>();

/** What is seldom said, in a part of the page that is fetched when it is wanted. */
export function useSeldomTexts(): SeldomTexts {
  const { language } = useTexts();
  const loading = seldom.get(language) ?? loadSeldomTexts(language);
  seldom.set(language, loading);
  return use(loading);
}

export async function loadSeldomTexts(language: string): Promise<SeldomTexts> {
  return language === 'en' ? (await import('./seldom-en.ts')).seldomEn : (await import('./seldom-zh-CN.ts')).seldomZhCN;
}
