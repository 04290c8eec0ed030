import type { ReactNode } from 'react';

/** The product's mark. The same picture is `public/icon.svg`. */
export const Mark = ({ className }: { readonly className?: string | undefined }): ReactNode => (
  <img src="/icon.svg" alt="" className={className} />
);
