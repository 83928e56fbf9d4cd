/** Statements of JavaScript as statements of the interpreter. */
import type ts from 'typescript';
import type { Expression, Statement } from '../python/syntax';
import { expression, memberName } from './expressions';
import { collectionLoop, countingLoop, laterLoop, switchStatement } from './loops';
import { condition } from './operatorExpressions';
import { classStatement } from './classes';
import { functionOf } from './functions';
import {
  exportedDefinition,
  exportedValue,
  exportStatement,
  importedModule,
  importStatement,
} from './moduleStatements';
import { assign, constant, delayed, evaluateOnly, help, name, type Place, type Translation } from './translation';

/** Functions are there before the first statement runs. */
export function block(t: Translation, statements: readonly ts.Statement[]): Statement[] {
  const hoisted = statements.filter((each) => t.ts.isFunctionDeclaration(each));
  const others = statements.filter((each) => !t.ts.isFunctionDeclaration(each));
  return [...hoisted, ...others].flatMap((each) => statement(t, each));
}

/** A block that may be empty. */
export function body(t: Translation, node: ts.Statement | undefined, at: Place): Statement[] {
  if (node === undefined) return [];
  const inner = t.ts.isBlock(node) ? block(t, node.statements) : statement(t, node);
  return inner.length === 0 ? [{ kind: 'Pass', ...at }] : inner;
}

export function statement(t: Translation, node: ts.Statement): Statement[] {
  const { ts: typescript } = t;
  const at = t.place(node);
  if (typescript.isVariableStatement(node)) return declarations(t, node.declarationList);
  if (typescript.isFunctionDeclaration(node)) return functionStatement(t, node);
  if (typescript.isClassDeclaration(node)) return withDefault(t, node, [classStatement(t, node)], node.name?.text);
  if (typescript.isExpressionStatement(node)) return expressionStatement(t, node.expression);
  if (typescript.isIfStatement(node))
    return [
      {
        kind: 'If',
        test: condition(t, node.expression),
        body: body(t, node.thenStatement, at),
        otherwise: body(t, node.elseStatement, at),
        ...at,
      },
    ];
  if (typescript.isReturnStatement(node))
    return [
      { kind: 'Return', value: node.expression === undefined ? undefined : expression(t, node.expression), ...at },
    ];
  if (typescript.isBlock(node)) return block(t, node.statements);
  if (typescript.isForStatement(node)) return countingLoop(t, node, at);
  if (typescript.isForOfStatement(node) || typescript.isForInStatement(node)) return collectionLoop(t, node, at);
  if (typescript.isWhileStatement(node))
    return [
      { kind: 'While', test: condition(t, node.expression), body: body(t, node.statement, at), otherwise: [], ...at },
    ];
  if (typescript.isDoStatement(node)) return laterLoop(t, node, at);
  if (typescript.isSwitchStatement(node)) return switchStatement(t, node, at);
  if (typescript.isThrowStatement(node))
    return [
      { kind: 'Raise', exception: help('thrown', [expression(t, node.expression)], at), cause: undefined, ...at },
    ];
  if (typescript.isTryStatement(node)) return tryStatement(t, node, at);
  if (typescript.isBreakStatement(node) && node.label === undefined) return [{ kind: 'Break', ...at }];
  if (typescript.isContinueStatement(node) && node.label === undefined) return [{ kind: 'Continue', ...at }];
  if (typescript.isImportDeclaration(node)) return importStatement(t, node, at);
  if (typescript.isExportDeclaration(node)) return exportStatement(t, node, at);
  if (typescript.isExportAssignment(node)) return exportedValue(t, node, at);
  if (typescript.isEnumDeclaration(node)) return enumStatement(t, node, at);
  if (typescript.isImportEqualsDeclaration(node)) return importedModule(t, node, at);
  if (typescript.isLabeledStatement(node)) return statement(t, node.statement);
  if (isTypeOnly(t, node) || typescript.isEmptyStatement(node)) return [];
  return [{ kind: 'Invalid', message: 'this kind of statement is not read', errorRange: at, ...at }];
}

const isTypeOnly = (t: Translation, node: ts.Statement): boolean =>
  t.ts.isInterfaceDeclaration(node) || t.ts.isTypeAliasDeclaration(node) || t.ts.isModuleDeclaration(node);

const isDefault = (t: Translation, node: ts.Statement): boolean =>
  t.ts.canHaveModifiers(node) &&
  (t.ts.getModifiers(node) ?? []).some(({ kind }) => kind === t.ts.SyntaxKind.DefaultKeyword);

/** `export default` of a definition: its name stands for both. */
const withDefault = (t: Translation, node: ts.Statement, made: Statement[], label: string | undefined): Statement[] =>
  isDefault(t, node) && label !== undefined
    ? [...made, assign('default', name(label, t.place(node)), t.place(node))]
    : made;

function functionStatement(t: Translation, node: ts.FunctionDeclaration): Statement[] {
  if (node.body === undefined) return [];
  const label = node.name?.text ?? 'default';
  const at = t.place(node);
  const made: Statement = {
    kind: 'FunctionDefinition',
    function: functionOf(t, node, label, []),
    decorators: [],
    ...at,
  };
  return withDefault(t, node, [made], node.name?.text);
}

export function expressionStatement(t: Translation, node: ts.Expression): Statement[] {
  if (t.ts.isStringLiteral(node)) return [];
  if (t.ts.isBinaryExpression(node) && node.operatorToken.kind === t.ts.SyntaxKind.EqualsToken) {
    const at = t.place(node);
    const { left } = node;
    const exported = exportedDefinition(t, node, at);
    if (exported !== undefined) return exported;
    if (t.ts.isArrayLiteralExpression(left) || t.ts.isObjectLiteralExpression(left))
      return assignPattern(t, left, expression(t, node.right), at);
    if (t.ts.isIdentifier(left)) {
      t.assigns(left.text);
      return [assign(left.text, expression(t, node.right), at)];
    }
  }
  return [evaluateOnly(expression(t, node))];
}

// ── variables

export function declarations(t: Translation, list: ts.VariableDeclarationList): Statement[] {
  return list.declarations.flatMap((each): Statement[] => {
    const at = t.place(each);
    const { initializer } = each;
    if (t.ts.isIdentifier(each.name)) {
      const isFunction =
        initializer !== undefined && (t.ts.isArrowFunction(initializer) || t.ts.isFunctionExpression(initializer));
      if (isFunction)
        return [
          {
            kind: 'FunctionDefinition',
            function: { ...functionOf(t, initializer, each.name.text, []), nameRange: t.place(each.name) },
            decorators: [],
            ...at,
          },
        ];
      return [assign(each.name.text, initializer === undefined ? constant(null, at) : expression(t, initializer), at)];
    }
    return initializer === undefined ? [] : bindPattern(t, each.name, expression(t, initializer));
  });
}

/** `const {a, b: [c], ...rest} = value` */
export function bindPattern(t: Translation, pattern: ts.BindingName, value: Expression): Statement[] {
  const at = t.place(pattern);
  if (t.ts.isIdentifier(pattern)) return [assign(pattern.text, value, at)];
  const whole = t.temporary();
  const taken: Expression[] = [];
  const parts = pattern.elements.flatMap((element, index): Statement[] => {
    if (t.ts.isOmittedExpression(element)) return [];
    const source = name(whole, at);
    if (element.dotDotDotToken !== undefined) {
      const rest = t.ts.isArrayBindingPattern(pattern)
        ? constant(BigInt(index), at)
        : ({ kind: 'List', elements: taken, ...at } as const);
      return bindPattern(t, element.name, help('rest_of', [source, rest], at));
    }
    const key = t.ts.isArrayBindingPattern(pattern)
      ? constant(BigInt(index), at)
      : element.propertyName === undefined
        ? constant(t.textOf(element.name), at)
        : memberName(t, element.propertyName);
    taken.push(key);
    const found = help(t.ts.isArrayBindingPattern(pattern) ? 'item' : 'get', [source, key], t.place(element));
    const { initializer } = element;
    const filled =
      initializer === undefined ? found : help('default', [found, delayed(expression(t, initializer), t.source)], at);
    return bindPattern(t, element.name, filled);
  });
  return [assign(whole, value, at), ...parts];
}

/** `[a, b] = [b, a]`: targets that exist already. */
function assignPattern(
  t: Translation,
  pattern: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression,
  value: Expression,
  at: Place,
): Statement[] {
  const whole = t.temporary();
  const one = (target: ts.Expression, found: Expression): Statement[] => {
    if (t.ts.isIdentifier(target)) {
      t.assigns(target.text);
      return [assign(target.text, found, at)];
    }
    if (t.ts.isPropertyAccessExpression(target))
      return [evaluateOnly(help('set', [expression(t, target.expression), constant(target.name.text, at), found], at))];
    if (t.ts.isArrayLiteralExpression(target) || t.ts.isObjectLiteralExpression(target))
      return assignPattern(t, target, found, at);
    return [evaluateOnly(help('unread', [constant(t.textOf(target).slice(0, 60), at)], at))];
  };
  const source = name(whole, at);
  const parts = t.ts.isArrayLiteralExpression(pattern)
    ? pattern.elements.flatMap((target, i) => one(target, help('item', [source, constant(BigInt(i), at)], at)))
    : pattern.properties.flatMap((member) => {
        if (t.ts.isShorthandPropertyAssignment(member))
          return one(member.name, help('get', [source, constant(member.name.text, at)], at));
        return t.ts.isPropertyAssignment(member)
          ? one(member.initializer, help('get', [source, memberName(t, member.name)], at))
          : [];
      });
  return [assign(whole, value, at), ...parts];
}

function tryStatement(t: Translation, node: ts.TryStatement, at: Place): Statement[] {
  const { catchClause, finallyBlock } = node;
  const caught = catchClause?.variableDeclaration?.name;
  return [
    {
      kind: 'Try',
      body: body(t, node.tryBlock, at),
      handlers:
        catchClause === undefined
          ? []
          : [
              {
                type: name('Exception', at),
                name: caught !== undefined && t.ts.isIdentifier(caught) ? caught.text : undefined,
                body: body(t, catchClause.block, at),
                ...at,
              },
            ],
      otherwise: [],
      finally: body(t, finallyBlock, at),
      isGroup: false,
      ...at,
    },
  ];
}

function enumStatement(t: Translation, node: ts.EnumDeclaration, at: Place): Statement[] {
  let next = 0;
  const entries = node.members.map((member) => {
    const { initializer } = member;
    if (initializer !== undefined && t.ts.isNumericLiteral(initializer)) next = Number(initializer.text);
    const value = initializer === undefined ? constant(BigInt(next), at) : expression(t, initializer);
    next += 1;
    return { key: memberName(t, member.name), value };
  });
  return [assign(node.name.text, help('object_of', [{ kind: 'Dict', entries, ...at }], at), at)];
}
