import { readFileSync } from 'node:fs';
import { CommandFailure, exitCodes } from './output.ts';

/**
 * Asks a person for a password; where nobody sits there, takes the first line of standard input.
 * @throws CommandFailure when none is given
 */
export async function askPassword(message: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const [line = ''] = readFileSync(0, 'utf8').split(/\r?\n/, 1);
    if (line !== '') return line;
    throw new CommandFailure('a password is needed: on standard input, or typed at a terminal', exitCodes.misused);
  }
  const { isCancel, password: ask } = await import('@clack/prompts'); // most passwords come another way
  const answer = await ask({ message });
  if (isCancel(answer) || answer === '') throw new CommandFailure('no password was given', exitCodes.misused);
  return answer;
}
