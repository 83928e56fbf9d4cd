/** What the page has of these; its other objects have no types in this project. */
interface PageText {
  readonly textContent: string;
}
interface PageRange {
  setStart(node: PageText, offset: number): void;
  setEnd(node: PageText, offset: number): void;
  getBoundingClientRect(): { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}
declare const document: {
  createTreeWalker(root: unknown, show: number): { nextNode(): PageText | null };
  createRange(): PageRange;
};

/**
 * The middle of the first `wanted` in an element's text, in the page's pixels. Runs in the page, so it refers to nothing else.
 * Editors draw blanks as no-break spaces.
 */
export function placeOfText(element: unknown, wanted: string): { readonly x: number; readonly y: number } {
  const textNodes = 4;
  const walker = document.createTreeWalker(element, textNodes);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const start = node.textContent.replace(/\u00a0/g, ' ').indexOf(wanted);
    if (start < 0) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + wanted.length);
    const box = range.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }
  throw new Error(`no ${wanted} in the line`);
}
