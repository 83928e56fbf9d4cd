/**
 * Modules of the bundled library whose definitions are read when they are first asked for: a program that takes three names of
 * a large module waits for the text of these three.
 */
import type { PyValue } from './values';

/** The text of a module: what comes first, and each later definition with the names that it sets. */
interface CutText {
  readonly head: string;
  readonly definitions: ReadonlyMap<string, Definition>;
}

export interface Definition {
  readonly text: string;
  readonly names: readonly string[];
}

const BEGINNING = /^(?:(?:class|def) (\w+)|(\w+(?:(?:, | = )\w+)*) = )/;

const cuts = new Map<string, CutText>();

/** Cuts where a line begins with `def`, `class` or an assignment; other statements belong to what precedes them. */
function cutText(source: string): CutText {
  const known = cuts.get(source);
  if (known !== undefined) return known;
  const starts = [...source.matchAll(new RegExp(BEGINNING, 'gm'))];
  const definitions = new Map<string, Definition>();
  starts.forEach((start, i) => {
    const [, defined, assigned = ''] = start;
    const names = defined === undefined ? assigned.split(/, | = /) : [defined];
    const definition = { text: source.slice(start.index, starts[i + 1]?.index), names };
    for (const name of names) definitions.set(name, definition);
  });
  const cut = { head: source.slice(0, starts[0]?.index), definitions };
  cuts.set(source, cut);
  return cut;
}

/** Names that a source sets at its top level, in order. */
export const namesOfDefinitions = (source: string): string[] => [...cutText(source).definitions.keys()];

/** The names of a module; `run` executes a definition, which sets its names. */
export class DefinitionNames extends Map<string, PyValue> {
  private readonly waiting: Map<string, Definition>;
  readonly head: string;
  run: (definition: Definition) => void = () => undefined;

  constructor(source: string) {
    super();
    const { head, definitions } = cutText(source);
    this.head = head;
    this.waiting = new Map(definitions);
  }

  override get(name: string): PyValue | undefined {
    const own = super.get(name);
    if (own !== undefined) return own;
    const definition = this.waiting.get(name);
    if (definition === undefined) return undefined;
    // Definitions may ask for their own names while they run.
    for (const each of definition.names) this.waiting.delete(each);
    try {
      this.run(definition);
    } catch (error) {
      for (const each of definition.names) this.waiting.set(each, definition);
      throw error;
    }
    return super.get(name);
  }

  override has(name: string): boolean {
    return super.has(name) || this.waiting.has(name);
  }
}
