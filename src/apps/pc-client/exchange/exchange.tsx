// What comes in and what goes out: own contacts, vCards, codes to be scanned, paper. This is what of it lies over the page,
// and what hears of files that are dropped anywhere on it.

import { lazy, Suspense, type ReactNode } from 'react';
import { Drop } from './drop.tsx';
import { useOpened } from './opened.ts';
import { Paper } from './paper.tsx';

const Form = lazy(() => import('./form.tsx'));
const Code = lazy(() => import('./code.tsx'));
const Export = lazy(() => import('./export.tsx'));

export default function Exchange(): ReactNode {
  return (
    <>
      <Drop />
      <Paper />
      <Suspense>
        <Over />
      </Suspense>
    </>
  );
}

function Over(): ReactNode {
  const opened = useOpened();
  switch (opened.kind) {
    case 'nothing':
      return null;
    case 'form':
      return <Form person={opened.person} />;
    case 'code':
      return <Code person={opened.person} />;
    case 'export':
      return <Export people={opened.people} name={opened.name} />;
  }
}
