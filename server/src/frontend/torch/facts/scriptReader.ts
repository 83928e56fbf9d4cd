/** The run of a training script and its text, as the facts ask for them. */
import type { SourceSpan } from '../../../graph/node';
import type { SourceProvider } from '../../../python/interpreter';
import { parseCached } from '../../../python/parseCache';
import type { Expression, ModuleSyntax } from '../../../python/syntax';
import { objectArgument } from '../../../javascript/objectArgument';
import { isLibraryFile } from '../../../python/source';
import { PyInstance, PyList, PyTuple } from '../../../python/values';
import type { PyModule, PyValue } from '../../../python/values';
import type { LibraryCall } from '../moduleRecords';
import type { Session } from '../session';
import { argumentOf, callAt, walk } from '../syntaxSearch';
import type { FactValue } from './facts';

/** Plain data of a Python value; undefined if it is not known or not plain. */
export function plain(value: PyValue | undefined): FactValue | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof PyTuple || value instanceof PyList) {
    const items = value.items.map(plain);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  return undefined;
}

export const numbers = (value: FactValue | undefined): readonly number[] | undefined =>
  Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;

/** Names of objects whose attributes come from the command line or a configuration file. */
const configurationNames = /^(args?|opts?|flags|hparams|hps|cfg|config|conf|params|parser)$/i;

/** The run of a script, and its text. */
export class ScriptReader {
  private readonly trees = new Map<string, ModuleSyntax>();
  constructor(
    readonly session: Session,
    private readonly sources: SourceProvider,
  ) {
    this.trees.set(session.file, session.syntax);
  }

  calls(kind: string): LibraryCall[] {
    // A loop's body may have run twice: the first call of each place counts.
    const first = new Map<string, LibraryCall>();
    for (const call of this.session.records.libraryCalls) {
      const place = `${call.span?.file}:${call.span?.line}:${call.span?.column}`;
      if (call.kind === kind && !first.has(place)) first.set(place, call);
    }
    return [...first.values()];
  }

  tree(file: string): ModuleSyntax | undefined {
    const known = this.trees.get(file);
    if (known !== undefined) return known;
    const text = this.sources.read(file);
    if (text === undefined) return undefined;
    const tree = parseCached(text, file);
    this.trees.set(file, tree);
    return tree;
  }

  /** The script and the modules of the workspace that it imports. */
  *ownModules(): Generator<{ readonly module: PyModule; readonly tree: ModuleSyntax }> {
    const { module: main, interpreter } = this.session;
    for (const module of new Set([main, ...interpreter.modules.values()])) {
      const tree = module.file === undefined || isLibraryFile(module.file) ? undefined : this.tree(module.file);
      if (tree !== undefined) yield { module, tree };
    }
  }

  /** Where an argument of a call is written, and whether the command line may change it. `written`: its names in the code. */
  argument(
    call: LibraryCall,
    keyword: string,
    position?: number,
    written: readonly string[] = [keyword],
  ): { span: SourceSpan; certain: boolean } {
    const span = call.span ?? this.start();
    const tree = this.tree(span.file);
    const syntax = tree === undefined ? undefined : callAt(tree, span);
    const expression =
      syntax &&
      written
        .map((name) => objectArgument(syntax, name) ?? argumentOf(syntax, name, position)?.value)
        .find((each) => each !== undefined);
    // `**options` that are not known may hold what is not written.
    const open = syntax?.args.some(({ kind }) => kind === 'doubleStar') ?? false;
    if (tree === undefined || expression === undefined) return { span, certain: !open };
    let certain = !this.isOption(expression, call.args.get(keyword));
    for (const part of walk(expression))
      if (part.kind === 'Attribute' && part.object.kind === 'Name' && configurationNames.test(part.object.name))
        certain = false;
    return { span: tree.source.span(expression), certain };
  }

  /** Whether an expression is a name that the command line has an option of, with that value. */
  private isOption(expression: Expression, value: PyValue | undefined): boolean {
    if (expression.kind !== 'Name' && expression.kind !== 'Attribute') return false;
    return this.session.interpreter.parsedOptions.some(
      (options) =>
        options instanceof PyInstance && value !== undefined && options.attributes.get(expression.name) === value,
    );
  }

  start(): SourceSpan {
    return { file: this.session.file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  }
}
