/** Loops and branches of JavaScript as those of the interpreter. */
import type ts from 'typescript';
import type { Expression, Statement } from '../python/syntax';
import { expression } from './expressions';
import { condition } from './operatorExpressions';
import { bindPattern, block, body, declarations, expressionStatement } from './statements';
import { assign, constant, help, name, type Place, type Translation } from './translation';

/** The step runs before every round but the first, so that `continue` reaches it. */
export function countingLoop(t: Translation, node: ts.ForStatement, at: Place): Statement[] {
  const first = t.temporary();
  const { initializer, incrementor } = node;
  const begin =
    initializer === undefined
      ? []
      : t.ts.isVariableDeclarationList(initializer)
        ? declarations(t, initializer)
        : expressionStatement(t, initializer);
  const step: Statement = {
    kind: 'If',
    test: name(first, at),
    body: [assign(first, constant(false, at), at)],
    otherwise: incrementor === undefined ? [] : expressionStatement(t, incrementor),
    ...at,
  };
  const ends: Statement[] =
    node.condition === undefined
      ? []
      : [
          {
            kind: 'If',
            test: condition(t, node.condition),
            body: [{ kind: 'Pass', ...at }],
            otherwise: [{ kind: 'Break', ...at }],
            ...at,
          },
        ];
  const round = [step, ...ends, ...body(t, node.statement, at)];
  return [
    ...begin,
    assign(first, constant(true, at), at),
    { kind: 'While', test: constant(true, at), body: round, otherwise: [], ...at },
  ];
}

export function collectionLoop(t: Translation, node: ts.ForOfStatement | ts.ForInStatement, at: Place): Statement[] {
  const each = t.temporary();
  const { initializer } = node;
  const bound = name(each, at);
  const [declaration] = t.ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
  const target =
    declaration !== undefined
      ? bindPattern(t, declaration.name, bound)
      : t.ts.isIdentifier(initializer)
        ? [assign(initializer.text, bound, at)]
        : [];
  const iterable = help(t.ts.isForOfStatement(node) ? 'iterate' : 'keys_of', [expression(t, node.expression)], at);
  return [
    {
      kind: 'For',
      target: bound,
      iterable,
      body: [...target, ...body(t, node.statement, at)],
      otherwise: [],
      isAsync: false,
      ...at,
    },
  ];
}

export function laterLoop(t: Translation, node: ts.DoStatement, at: Place): Statement[] {
  const first = t.temporary();
  const test: Expression = {
    kind: 'Boolean',
    operator: 'or',
    operands: [name(first, at), condition(t, node.expression)],
    ...at,
  };
  return [
    assign(first, constant(true, at), at),
    {
      kind: 'While',
      test,
      body: [assign(first, constant(false, at), at), ...body(t, node.statement, at)],
      otherwise: [],
      ...at,
    },
  ];
}

/** One round of a loop, which `break` leaves; from the case that is met, all that follow run. */
export function switchStatement(t: Translation, node: ts.SwitchStatement, at: Place): Statement[] {
  const [subject, met] = [t.temporary(), t.temporary()];
  const { clauses } = node.caseBlock;
  const matches = (clause: ts.CaseOrDefaultClause): Expression =>
    t.ts.isDefaultClause(clause)
      ? // The default is the last in all code that people write.
        constant(true, at)
      : help('same', [name(subject, at), expression(t, clause.expression)], at);
  const rounds = clauses.map((clause): Statement => ({
    kind: 'If',
    test: { kind: 'Boolean', operator: 'or', operands: [name(met, at), matches(clause)], ...at },
    body: [assign(met, constant(true, at), at), ...block(t, clause.statements)],
    otherwise: [],
    ...at,
  }));
  return [
    assign(subject, expression(t, node.expression), at),
    assign(met, constant(false, at), at),
    { kind: 'While', test: constant(true, at), body: [...rounds, { kind: 'Break', ...at }], otherwise: [], ...at },
  ];
}
