/** Names and where they live. Scoping is decided by a function's text, as in Python: a name assigned anywhere in it is local. */
import type { PyClass, PyValue } from './values';

export interface ScopeAnalysis {
  readonly locals: ReadonlySet<string>;
  readonly globals: ReadonlySet<string>;
  readonly nonlocals: ReadonlySet<string>;
  readonly isGenerator: boolean;
}

export class Scope {
  /** The class a class body has become, for zero-argument super() in its functions. */
  definedClass: PyClass | undefined;

  constructor(
    readonly kind: 'module' | 'function' | 'class',
    readonly variables: Map<string, PyValue>,
    readonly parent: Scope | undefined,
    readonly analysis: ScopeAnalysis | undefined,
  ) {}

  get moduleScope(): Scope {
    // The chain always ends in a module.
    return this.parent === undefined ? this : this.parent.moduleScope;
  }
}
