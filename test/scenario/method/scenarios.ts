import { claims } from './claims.ts';
import type { Scenario } from './scenario.ts';
import { steps } from './steps.ts';

export const scenarios: readonly Scenario[] = [...steps, ...claims];
