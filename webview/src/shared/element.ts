/** DOM elements in one expression. Text becomes text nodes, never markup. */

type Attribute = string | number | boolean | null | undefined;
export type Child = Node | string | null | undefined;

function fill<E extends Element>(
  made: E,
  attributes: Readonly<Record<string, Attribute>>,
  children: readonly Child[],
): E {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : String(value));
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/** `null`, `undefined` and `false` leave an attribute out. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => fill(document.createElement(tag), attributes, children);

export const svgElement = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] => fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
