/** Puts `text` on the clipboard; false where the browser does not let it. */
export async function copied(text: string): Promise<boolean> {
  // Only a page that came by HTTPS, or from this machine, has this.
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
  return copiedBySelection(text);
}

/** What browsers had before, which a page by plain HTTP from within a company still has. */
function copiedBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
  }
}
