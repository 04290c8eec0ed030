// What the administrator has terminals do: the links by which they start calls, messages, mails and meetings.

import * as v from 'valibot';
import { isSeparator, linkKinds, templateProblem, type LinkTemplate } from '../book/link-template.ts';
import { mostLinks } from '../wire/http.ts';
import { labelSchema } from './field-config.ts';
import { said, text } from './setting-schema.ts';

export interface ClientConfig {
  readonly links: readonly LinkTemplate[];
}

const linkSchema: v.GenericSchema<unknown, LinkTemplate> = v.strictObject({
  kind: v.picklist(linkKinds, said(linkKinds.join(', '))),
  label: labelSchema,
  url: v.pipe(
    text('a URL, such as https://meet.example.com/{room}'),
    v.check(
      (url) => templateProblem(url) === undefined,
      (issue) => `${JSON.stringify(issue.input)} is not right: ${templateProblem(issue.input)}`,
    ),
  ),
  separator: v.exactOptional(
    v.pipe(
      text("what stands between several people, such as ','"),
      v.check(isSeparator, said("at most 20 characters of which a link may be made, such as ','")),
    ),
  ),
});

export const clientSchema: v.GenericSchema<unknown, ClientConfig> = v.strictObject({
  links: v.optional(
    v.pipe(v.array(linkSchema, said('a list of links')), v.maxLength(mostLinks, said(`at most ${mostLinks} links`))),
    [],
  ),
});
