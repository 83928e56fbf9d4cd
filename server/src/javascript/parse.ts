/** JavaScript and TypeScript as syntax of the interpreter: parsed by the TypeScript compiler, translated node by node. */
import { createRequire } from 'node:module';
import type ts from 'typescript';
import { PythonSyntaxError } from '../python/errors';
import { SourceFile } from '../python/source';
import type { Expression, ModuleSyntax, Statement } from '../python/syntax';
import { expression } from './expressions';
import { addDeclared } from './functions';
import { globalNames, helperName, helpers, runtimeModule } from './names';
import { isPage, pageProgram, type PageProgram } from './pageScripts';
import { block } from './statements';
import { folderOf } from './workspaceFiles';
import { assign, constant, evaluateOnly, help, name, Translation, type TypeScript } from './translation';

let compiler: TypeScript | undefined;

/** Loaded when the first file of its kind is read: it takes some tenths of a second and tens of megabytes. */
function typescript(): TypeScript {
  // A module of the old kind knows its file; a program of the new kind is known by what was started.
  const here = typeof __filename === 'string' ? __filename : (process.argv[1] ?? '');
  compiler ??= createRequire(here)('typescript') as TypeScript;
  return compiler;
}

function translationOf(text: string, file: string, page?: PageProgram): Translation {
  const { ScriptKind, ScriptTarget, createSourceFile } = typescript();
  // React's components are kept in files of plain JavaScript, too.
  const hasElements = page?.hasElements ?? /(x|\.[mc]?js)$/i.test(file);
  const kind = hasElements ? ScriptKind.TSX : ScriptKind.TS;
  const tree = createSourceFile(file, page?.text ?? text, ScriptTarget.Latest, true, kind);
  return new Translation(typescript(), tree, new SourceFile(file, text));
}

/** Errors that the parser found; they are kept beside the tree without being part of its type. */
interface WithErrors {
  readonly parseDiagnostics?: readonly {
    readonly start: number;
    readonly length: number;
    readonly messageText: unknown;
  }[];
}

function requireNoErrors({ tree, source }: Translation): void {
  const [error] = (tree as ts.SourceFile & WithErrors).parseDiagnostics ?? [];
  if (error === undefined) return;
  const message = typeof error.messageText === 'string' ? error.messageText : 'invalid syntax';
  throw new PythonSyntaxError(
    message,
    source.span({ start: error.start, end: error.start + Math.max(1, error.length) }),
  );
}

/** Throws `PythonSyntaxError` in strict mode; else what can be read is. */
export function parseJavaScript(
  text: string,
  file: string,
  { strict = false }: { readonly strict?: boolean } = {},
): ModuleSyntax {
  const page = isPage(file) ? pageProgram(text) : undefined;
  const t = translationOf(text, file, page);
  if (strict) requireNoErrors(t);
  const declared = new Set<string>();
  addDeclared(t, t.tree, declared);
  t.outside = namesOutside(t);
  const region = { declared, outer: undefined, assigned: new Set<string>() };
  const body = t.within(region, () => block(t, t.tree.statements));
  return { source: t.source, body: [...runtimeImport(), ...commonJs(t.source), ...inclusions(t, page), ...body] };
}

/** Scripts of one page share their names. */
const inclusions = ({ source }: Translation, page: PageProgram | undefined): Statement[] =>
  (page?.included ?? []).map((each) =>
    evaluateOnly(help('include', [constant(each, nowhere), constant(source.file, nowhere)], nowhere)),
  );

/** What is imported, assigned without a declaration, or there in every program. */
function namesOutside({ ts: typescript, tree }: Translation): ReadonlySet<string> {
  const found = new Set<string>([
    ...globalNames,
    'exports',
    'module',
    '__dirname',
    '__filename',
    'super',
    'default',
    '·more',
  ]);
  const visit = (node: ts.Node): void => {
    if (typescript.isImportSpecifier(node) || typescript.isNamespaceImport(node)) found.add(node.name.text);
    if (typescript.isImportClause(node) && node.name !== undefined) found.add(node.name.text);
    if (typescript.isEnumDeclaration(node) || typescript.isImportEqualsDeclaration(node)) found.add(node.name.text);
    if (typescript.isBinaryExpression(node) && typescript.isIdentifier(node.left))
      if (node.operatorToken.kind === typescript.SyntaxKind.EqualsToken) found.add(node.left.text);
    typescript.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** An expression in the namespace of a module. */
export function parseJavaScriptExpression(text: string, file: string): { source: SourceFile; expression: Expression } {
  const t = translationOf(`(${text})`, `${file}.ts`);
  requireNoErrors(t);
  const [first] = t.tree.statements;
  if (first === undefined || !t.ts.isExpressionStatement(first))
    throw new PythonSyntaxError('an expression is expected', t.source.span({ start: 0, end: text.length }));
  return { source: t.source, expression: expression(t, first.expression) };
}

const nowhere = { start: 0, end: 0 };

/** Names of CommonJS that every file has of its own. */
function commonJs({ file }: SourceFile): Statement[] {
  const object = (entries: Expression): Expression => help('object_of', [entries], nowhere);
  const empty: Expression = { kind: 'Dict', entries: [], ...nowhere };
  const module: Expression = {
    kind: 'Dict',
    entries: [{ key: constant('exports', nowhere), value: name('exports', nowhere) }],
    ...nowhere,
  };
  return [
    assign('exports', object(empty), nowhere),
    assign('module', object(module), nowhere),
    assign('__filename', constant(file, nowhere), nowhere),
    assign('__dirname', constant(folderOf(file), nowhere), nowhere),
  ];
}

const runtimeImport = (): Statement[] => [
  {
    kind: 'ImportFrom',
    module: runtimeModule,
    level: 0,
    names: [
      ...helpers.map((helper) => ({ name: helper, alias: helperName(helper), ...nowhere })),
      ...globalNames.map((name) => ({ name, alias: undefined, ...nowhere })),
    ],
    ...nowhere,
  },
];
