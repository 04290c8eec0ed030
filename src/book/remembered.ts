/** Beyond so many it forgets all and begins anew, so that it cannot grow without bound. */
const most = 50_000;

/** `make`, a pure function of a text, with its answers kept: names, departments and titles repeat. */
export function remembered<Answer>(make: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    if (answers.size >= most) answers.clear();
    const answer = make(text);
    answers.set(text, answer);
    return answer;
  };
}
