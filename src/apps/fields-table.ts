// The table of fields as it is in effect: labels and classes, and for each source the attributes and what is made of them.

import { fieldNames, fields as table, labelOf, type FieldName, type TakenAttribute } from '../book/field.ts';
import { readConfig } from '../node/config.ts';
import { tableOf } from '../node/source-config.ts';
import { attributesInEffect, type OwnAttributes } from '../server/attribute-map.ts';
import type { Output } from './output.ts';
import { table as columns } from './screen.ts';

const words = ({ attribute, transform }: TakenAttribute): string =>
  transform === undefined ? attribute : `${attribute} (${transform})`;

/** What the kinds of directories have where no settings say otherwise; the restricted ones are there to be named. */
const presets: readonly (readonly [string, OwnAttributes])[] = (['ldap', 'ad', 'scim'] as const).map((kind) => [
  kind,
  Object.fromEntries(fieldNames.map((name) => [name, table[name][kind]])),
]);

/**
 * @param file settings; without it the table is told as it stands
 * @throws HostFault when the settings are wrong
 */
export function tellFields(file: string | undefined, output: Output): void {
  const config = readConfig(file, file === undefined ? {} : process.env, {});
  const { classes, labels } = config.fields;
  const sources =
    file === undefined
      ? presets
      : config.sources.map(
          ({ name, kind, attributes }) =>
            [name, attributesInEffect({ table: tableOf(kind), own: attributes, classes })] as const,
        );
  if (output.json) {
    for (const name of fieldNames) output.tell('', { ...row(name), attributes: byName(sources, name) });
    return;
  }
  const heading = ['FIELD', 'LABEL', '', 'KIND', 'CLASS', ...sources.map(([name]) => name.toUpperCase())];
  const rows = fieldNames.map((name) => [
    name,
    labelOf(name, labels).en,
    labelOf(name, labels).zh,
    table[name].kind,
    classes[name],
    ...sources.map(([, of]) => (of[name] ?? []).map(words).join(', ')),
  ]);
  output.tell(columns([heading, ...rows]), undefined);

  function row(name: FieldName): object {
    const { kind, vcard, jscontact } = table[name];
    return { name, label: labelOf(name, labels), kind, class: classes[name], vcard, jscontact };
  }
}

const byName = (sources: readonly (readonly [string, OwnAttributes])[], field: FieldName): object =>
  Object.fromEntries(sources.map(([name, of]) => [name, of[field] ?? []]));
