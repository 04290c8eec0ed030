// Draws docs/pictures/rollcall.*.svg, the README's picture, in both languages from one drawing:
// node tools/picture.mjs

import { writeFileSync } from 'node:fs';

const words = {
  en: {
    title: 'A number is altered in the directory; a few milliseconds later Ben’s address book is right and Ben is told',
    directory: 'Directory',
    directorySub: 'OpenLDAP',
    altered: 'altered',
    server: 'Rollcall server',
    log: 'change log',
    follows: 'follows live',
    rfc: 'RFC 4533',
    notify: 'SIP NOTIFY',
    notifySub: 'revision 4711 is there',
    get: 'HTTP',
    getSub: 'only whom Ben holds',
    terminal: 'Ben’s address book',
    own: 'Ben’s own note stays',
    prompt: 'Office telephone',
    note: '“call after 9”',
    others: 'Terminals that do not hold Ada change nothing',
    office: 'Office telephone',
    name: 'Ada Lovelace',
    second: 'Ben’s colleagues …',
    offline: 'works offline, catches up by revision',
  },
  'zh-CN': {
    title: '目录里改了一个号码；几毫秒后，本的通讯录已经更新，并提示了本',
    directory: '企业目录',
    directorySub: 'OpenLDAP',
    altered: '已修改',
    server: 'Rollcall 服务器',
    log: '变更日志',
    follows: '实时跟随',
    rfc: 'RFC 4533',
    notify: 'SIP NOTIFY',
    notifySub: '已有修订 4711',
    get: 'HTTP',
    getSub: '只取本所持有的人',
    terminal: '本的个人通讯录',
    own: '本自己写的备注保留',
    prompt: '办公电话',
    note: '“九点后再打”',
    others: '未持有 Ada 的终端不作任何改动',
    office: '办公电话',
    name: 'Ada Lovelace',
    second: '本的同事……',
    offline: '可离线使用，按修订号补齐',
  },
};

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const at = (x, y, kind, text, more = '') => `<text x="${x}" y="${y}" class="${kind}" ${more}>${escape(text)}</text>`;
const box = (x, y, width, height, kind = 'box') =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" class="${kind}"/>`;
const arrow = (x1, y1, x2, y2) =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="line" marker-end="url(#tip)"/>`;

function drawing(w, language) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 272" role="img" aria-labelledby="t" xml:lang="${language}">
<title id="t">${escape(w.title)}</title>
<style>
:root{--ground:#ffffff;--ink:#1c2024;--quiet:#60646c;--edge:#d0d4da;--soft:#f4f6f8;--accent:#2457c5;--wash:#e8eefb;--was:#a4262c}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#eceef1;--quiet:#a2a8b1;--edge:#3a4049;--soft:#1d2127;--accent:#86a9f7;--wash:#1f2b45;--was:#f19a9e}}
svg{background:var(--ground)}
text{font-family:Inter,system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif;fill:var(--ink);font-size:14px}
.head{font-size:16px;font-weight:600}.quiet{fill:var(--quiet);font-size:13px}.number{font-variant-numeric:tabular-nums;font-weight:600}
.was{fill:var(--was);text-decoration:line-through}.is{fill:var(--accent);font-weight:600}.label{fill:var(--accent);font-size:13px;font-weight:600}
.box{fill:var(--soft);stroke:var(--edge)}.card{fill:var(--ground);stroke:var(--edge)}.glow{fill:var(--wash);stroke:var(--accent)}
.line{stroke:var(--accent);stroke-width:2}.tip{fill:var(--accent)}.rule{stroke:var(--edge)}
</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z" class="tip"/></marker></defs>
<rect width="960" height="272" fill="var(--ground)"/>
${box(20, 20, 180, 180)}
${at(40, 52, 'head', w.directory)}${at(40, 74, 'quiet', w.directorySub)}
${box(36, 92, 148, 88, 'card')}
${at(50, 116, '', w.name)}${at(50, 138, 'quiet', w.office)}${at(50, 162, 'was', '8001')}${at(96, 162, 'is', '8002')}
${arrow(200, 110, 326, 110)}${at(263, 98, 'label', w.follows, 'text-anchor="middle"')}${at(263, 130, 'quiet', w.rfc, 'text-anchor="middle"')}
${box(330, 20, 180, 180)}
${at(350, 52, 'head', w.server)}${at(350, 74, 'quiet', w.log)}
${box(346, 92, 148, 88, 'card')}
${at(360, 116, 'quiet', '4709')}${at(360, 138, 'quiet', '4710')}${at(360, 162, 'is', '4711')}${at(408, 162, '', 'Ada 8002')}
${arrow(510, 70, 686, 70)}${at(598, 58, 'label', w.notify, 'text-anchor="middle"')}${at(598, 90, 'quiet', w.notifySub, 'text-anchor="middle"')}
${arrow(690, 142, 514, 142)}${arrow(510, 158, 686, 158)}${at(598, 130, 'label', w.get, 'text-anchor="middle"')}${at(598, 180, 'quiet', w.getSub, 'text-anchor="middle"')}
${box(690, 20, 250, 180)}
${at(710, 52, 'head', w.terminal)}
${box(706, 66, 218, 82, 'glow')}
${at(720, 90, 'number', w.name)}${at(720, 112, 'quiet', w.prompt)}${at(720, 134, 'was', '8001')}${at(762, 134, 'quiet', '→')}${at(784, 134, 'is', '8002')}
${at(720, 170, '', w.note)}${at(720, 188, 'quiet', w.own)}
<line x1="20" y1="224" x2="940" y2="224" class="rule"/>
${at(20, 252, 'quiet', w.others)}${at(940, 252, 'quiet', w.offline, 'text-anchor="end"')}
</svg>
`;
}

for (const [language, text] of Object.entries(words))
  writeFileSync(new URL(`../docs/pictures/rollcall.${language}.svg`, import.meta.url), drawing(text, language));
