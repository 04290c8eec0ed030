// JSON that is to be looked at. JSON itself escapes the controls below U+0020 only (RFC 8259 §7); a screen
// obeys U+007F to U+009F as well, and some readers end a line at U+2028.

/** `json` with what a screen would obey as escapes: the same value for whoever parses it. */
export const harmless = (json: string): string =>
  json.replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
