// 简体中文，不常说的部分：设置、隐私、出了问题的时候。逐句写成，不是逐字翻译。

import { counted, dated } from './formats.ts';
import type { SeldomTexts } from './seldom-en.ts';

const { dayOf, moment, number } = dated('zh-CN');
const people = counted('zh-CN', { other: '# 人' });

function lasting(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 60) return `${number(minutes)} 分钟`;
  return minutes < 48 * 60 ? `${number(Math.round(minutes / 60))} 小时` : `${number(Math.round(minutes / 1440))} 天`;
}

export const seldomZhCN: SeldomTexts = {
  settings: {
    title: '设置',
    general: '通用',
    language: '语言',
    theme: '外观',
    system: '跟随系统',
    light: '浅色',
    dark: '深色',
    account: '账户',
    who: (name, user) => (name === user ? name : `${name}（${user}）`),
    where: (server) => `服务器：${server}`,
    logOut: '退出登录',
    logOutLong: '不再接收变更。通讯录和您写的内容都留在本机，重新登录后继续。',
    forget: '从本机删除通讯录',
    forgetLong:
      '退出登录，并从此浏览器删除通讯录，包括备注、自己填写的内容、分组和私人联系人。任何服务器上都没有副本。',
    forgetTitle: '要删除本机的通讯录吗？',
    forgetAsk: (count) => `将从本机删除 ${people(count)}以及您写的所有内容，无法撤销。请先保存一份副本。`,
    saveCopy: '保存副本',
    copyName: '通讯录.vcf',
    forgetAct: '删除',
    cancel: '取消',
    application: '应用',
    install: '安装',
    installLong: '在独立窗口中打开，可固定到任务栏或程序坞，没有网络也能用。',
    installHow: 'Chrome 和 Edge：点地址栏或菜单里的“安装”。Safari：点“共享”，再选“添加到程序坞”或“添加到主屏幕”。',
    installed: '正作为独立应用运行。',
    version: (version, build) => `版本 ${version}，构建 ${build}`,
  },

  privacy: {
    title: '隐私',
    knows: '服务器知道您通讯录的哪些内容',
    how: '变更怎样送达',
    broadcast: '所有变更发给所有人',
    broadcastLong: '由您的浏览器挑出您保存的人。服务器不知道您保存了谁。',
    notice: '只通知，自己来取',
    noticeLong:
      '服务器只说有变更，由您的浏览器去取：服务器因此知道发生变更的人当中您保存了谁。别人的变更很多时更省流量。',
    held: '只发与您有关的',
    heldLong: '服务器持有您保存的所有人的名单，只把他们的变更发给您。最省流量。',
    summary: {
      broadcast: '每项变更都发给所有人，服务器不知道您保存了谁。',
      notice: '在您的浏览器来取变更时，服务器知道变更的人当中您保存了谁。',
      held: '服务器知道您保存了哪些人。',
    },
    always: '无论怎样它都会得知，否则无法答复',
    alwaysList: [
      '您查找或打开的、不在通讯录里的人，以及您刚保存的人（就在那一刻）',
      '您的浏览器还没有照片的人',
      '长时间离线之后，或换了另一本企业通讯录之后：您保存了谁，用来核对',
    ],
    never: '它永远不会得知',
    neverList: [
      '您的备注、备注名、自己填写的内容和私人号码',
      '您的分组和收藏',
      '您的私人联系人',
      '您在通讯录里看过谁、呼叫过谁、给谁写过信',
    ],
    here: '保存在本机的内容',
    hereLong: (count, prompts) =>
      `${people(count)}及您写的所有内容、${number(prompts)} 条变更历史、照片、登录状态和这些设置：只在此浏览器里，别处没有。`,
    room: (octets) => `共 ${number(Math.max(1, Math.round(octets / 1024)))} kB。`,
    lasting: '空间不足时浏览器也会保留。',
    fleeting: '空间严重不足时浏览器可能会删除。',
    persist: '请浏览器一直保留',
    persistRefused: '浏览器根据使用频率决定，这次没有同意。安装为应用后会同意。',
    said: '刚才说了什么',
    saidLong: '打开本页以来，此浏览器与服务器之间的消息，最新的在前。',
    saidNothing: '还没有：没有保存任何人时，什么都不会说。',
    table: { when: '时间', what: '内容', octets: '字节' },
    to: '发给服务器',
    from: '来自服务器',
    names: '提到了您保存的人',
    steps: {
      S301: '有变更请告诉我',
      S302: '答复：同意或不同意',
      S304: '有变更',
      S305: '收到',
      S306: '谁有变更？',
      S307: '这些人有变更',
      S308: '这些人现在的信息是什么？',
      S309: '他们的信息',
    },
    octets: (octets) => number(octets),
    moment,
  },

  matter: {
    refused: '登录已过期。通讯录和您正在写的内容都在本机；重新登录后才能收到变更。',
    logIn: '重新登录',
    reload: '另一个标签页已是新版本，或删除了通讯录。请先复制没写完的内容，再重新加载。',
    load: '重新加载',
    store: '浏览器没有空间了：变更留在服务器上等着，没有丢失任何内容。请在本机腾出空间。',
    ahead: (by) => `本机时钟快了${lasting(by)}，显示的时间也差这么多。请校准时钟；其他都正确。`,
    behind: (by) => `本机时钟慢了${lasting(by)}，显示的时间也差这么多。请校准时钟；其他都正确。`,
    dismiss: '关闭',
    againTitle: '重新登录',
    againLead: '登录已过期。您正在写的内容还在。',
    later: '以后再说',
  },

  start: {
    title: '无法打开通讯录',
    private: '浏览器不为本页保存任何内容，某些无痕窗口就是这样。请在普通窗口打开，或允许本页保存数据。',
    full: '本机没有空间了。请腾出空间后再试。以前保存的内容都还在。',
    newer: '新版本的页面已更新通讯录。请重新加载页面。',
    other: '浏览器拒绝打开。请关闭本页的其他标签页后再试。以前保存的内容都还在。',
    again: '再试一次',
  },

  notices: {
    column: '刚刚的变更',
    sentence: (who, what) => `${who}：${what}`,
    between: '，',
    people,
    became: (label, from, to) =>
      from === undefined
        ? `${label}新增 ${to ?? ''}`
        : to === undefined
          ? `${label}已取消，原为 ${from}`
          : `${label}由 ${from} 改为 ${to}`,
    changed: (labels) => `${labels}已变更`,
    changedTo: '各不相同',
    was: '原为',
    is: '现为',
    none: '已取消',
    asBefore: '变更后又恢复原样',
    photo: '换了照片',
    photoGone: '照片已取消',
    left: '已离职',
    returned: '重新入职',
    joined: (department) => `新加入${department}`,
    joinedMany: '新加入您的部门',
    keep: (name) => `保存${name}`,
    at: (at) => moment(at),
    unseen: '还没看过',
    seenOne: (name) => `标为已看：${name}`,
    showPeople: '展开名单',
    hidePeople: '收起名单',
    undoLong: (label, value) => `仅为自己恢复${label} ${value}`,
    undoAll: '全部撤销',
    undone: '已撤销',
    more: (count) => `还有 ${number(count)} 条`,
    changes: counted('zh-CN', { other: '# 条变更' }),
    allSeen: '全部标为已看',
    search: '搜索历史',
    searchHint: '姓名、项目或内容',
    filters: '显示范围',
    all: '全部',
    unseenOnly: (count) => (count === 0 ? '未看' : `未看（${number(count)}）`),
    only: (name) => `只看${name}`,
    notOnly: (name) => `只看${name}：恢复显示所有人`,
    day: (at) => dayOf(at),
    older: '更早的变更',
    nothing: '还没有任何变更。同事的号码一有变动，就会记在这里。',
    nothingUnseen: '都看过了。',
    nothingFits: '历史里没有符合的内容。',
    showAll: '显示全部',
    ofPerson: '变更记录',
    allOfPerson: (count) => `历史中全部 ${number(count)} 条`,
    outside: {
      off: '您忙别的事时，变更会静静地留在这里；也可以让系统通知您。',
      on: '没有打开本页面时，系统会通知您有变更。',
      refused: '浏览器不允许本页面发送通知，可在浏览器设置中允许。',
    },
    outsideOn: '通知我',
    outsideOff: '不再通知',
  },

  question: {
    title: (count) => `这 ${people(count)}都离职了吗？`,
    words: '一次这么多人，可能是公司目录出了差错。在您答复之前，一个都不会动。',
    concerned: '涉及的人',
    left: '是，都离职了',
    keep: '不是，留作私人联系人',
    later: '以后再说',
    didLeave: (count) => `已把 ${people(count)}标为离职；在您移除之前，记录都会保留。`,
    didKeep: (count) => `已把 ${people(count)}留作私人联系人。`,
  },
};
