// Draws the PC client's icons for home screens, which want PNG, from the one drawing: node tools/icons.mjs

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const folder = new URL('../src/apps/pc-client/public/', import.meta.url);
const drawing = readFileSync(new URL('icon.svg', folder), 'utf8');
/** Systems that cut icons to a shape of theirs want the ground to fill all of it, and the mark in the middle. */
const whole = drawing.replace(/ rx="\d+"/, '').replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"');
const ground = whole.replace('<rect width="512" height="512"', '<rect x="-64" y="-64" width="640" height="640"');

const icons = [
  ['icon-192.png', 192, drawing],
  ['icon-512.png', 512, drawing],
  ['icon-maskable-512.png', 512, ground],
  ['apple-touch-icon.png', 180, ground],
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, size, svg] of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0;display:block}svg{width:${size}px;height:${size}px}</style>${svg}`);
  writeFileSync(fileURLToPath(new URL(name, folder)), await page.screenshot({ omitBackground: true }));
}
await browser.close();
