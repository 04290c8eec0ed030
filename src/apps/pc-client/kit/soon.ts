// What is not needed for the first picture is fetched right after it, so that it is there by the time somebody wants it.

const drawn = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve, 50));
});

/** `load` once the page has been drawn. */
export const soon = <Module>(load: () => Promise<Module>): Promise<Module> => drawn.then(load);
