/** What the parts of the translator share: making nodes with their places, and the names that functions declare. */
import type ts from 'typescript';
import type { SourceFile } from '../python/source';
import type { Argument, Expression, FunctionSyntax, Parameter, Statement } from '../python/syntax';
import { helperName, type Helper } from './names';

export type TypeScript = typeof ts;

export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A function, or the module, whose statements are being translated. */
export interface Region {
  readonly declared: ReadonlySet<string>;
  readonly outer: Region | undefined;
  /** Names of outer regions that are assigned here. */
  readonly assigned: Set<string>;
}

export class Translation {
  region: Region = { declared: new Set(), outer: undefined, assigned: new Set() };
  /** Names that stand for something outside of functions, or undefined where all are taken for such. */
  outside: ReadonlySet<string> | undefined;
  private temporaries = 0;
  constructor(
    readonly ts: TypeScript,
    readonly tree: ts.SourceFile,
    readonly source: SourceFile,
  ) {}

  place(node: ts.Node): Place {
    return { start: node.getStart(this.tree), end: node.getEnd() };
  }

  textOf(node: ts.Node): string {
    return node.getText(this.tree);
  }

  temporary(): string {
    return `·${++this.temporaries}`;
  }

  /** Is the name neither declared around this place nor anywhere else in the program: one that its page has? */
  isFree(name: string): boolean {
    if (this.outside === undefined || this.outside.has(name)) return false;
    for (let region: Region | undefined = this.region; region !== undefined; region = region.outer)
      if (region.declared.has(name)) return false;
    return true;
  }

  /** Notes that `name` is assigned here: one of an outer function is then not made anew. */
  assigns(name: string): void {
    if (!this.region.declared.has(name)) this.region.assigned.add(name);
  }

  within<T>(region: Region, run: () => T): T {
    const outer = this.region;
    this.region = region;
    try {
      return run();
    } finally {
      this.region = outer;
    }
  }

  /** `nonlocal` and `global` statements for what the region assigns of outer ones. */
  outerNames(at: Place): Statement[] {
    const { assigned, outer } = this.region;
    if (outer === undefined) return [];
    const holder = (name: string): Region | undefined => {
      let region: Region | undefined = outer;
      while (region !== undefined && !region.declared.has(name)) region = region.outer;
      return region;
    };
    const inFunctions = [...assigned].filter((name) => holder(name)?.outer !== undefined);
    const ofModule = [...assigned].filter((name) => holder(name)?.outer === undefined);
    return [
      ...(inFunctions.length === 0 ? [] : [{ kind: 'Nonlocal' as const, names: inFunctions, ...at }]),
      ...(ofModule.length === 0 ? [] : [{ kind: 'Global' as const, names: ofModule, ...at }]),
    ];
  }
}

export const constant = (value: null | boolean | string | number | bigint, at: Place): Expression => ({
  kind: 'Constant',
  value,
  ...place(at),
});
export const name = (text: string, at: Place): Expression => ({ kind: 'Name', name: text, ...place(at) });

const place = ({ start, end }: Place): Place => ({ start, end });

export const positional = (value: Expression): Argument => ({ kind: 'positional', value, ...place(value) });

export const call = (callee: Expression, args: readonly Argument[], at: Place): Expression => ({
  kind: 'Call',
  callee,
  args,
  ...place(at),
});

export const help = (helper: Helper, operands: readonly Expression[], at: Place): Expression =>
  call(name(helperName(helper), at), operands.map(positional), at);

export const assign = (target: string, value: Expression, at: Place): Statement => ({
  kind: 'Assign',
  targets: [name(target, at)],
  value,
  ...place(at),
});

export const evaluateOnly = (value: Expression): Statement => ({ kind: 'ExpressionStatement', value, ...place(value) });

/** An expression that is evaluated when it is asked for. */
export const delayed = (body: Expression, source: SourceFile): Expression => ({
  kind: 'Lambda',
  function: functionSyntax('<lambda>', [], body, body, source),
  ...place(body),
});

export const functionSyntax = (
  label: string,
  parameters: readonly Parameter[],
  body: readonly Statement[] | Expression,
  at: Place,
  source: SourceFile,
): FunctionSyntax => ({
  name: label,
  nameRange: place(at),
  parameters,
  body,
  returns: undefined,
  isAsync: false,
  source,
  analysis: undefined,
  ...place(at),
});
