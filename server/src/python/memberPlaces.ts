/** Members that code translated from another language sets by a call: `object.name = value`, also `+=` and `++`. */
import type { Frame } from './frame';
import { memberFunction, memberSetter } from './hiddenNames';
import type { Expression, Statement } from './syntax';
import { PyDict, PyInstance } from './values';
import type { PyValue } from './values';

/** `object.name`, as either language writes it. */
export interface Member {
  readonly object: Expression;
  readonly name: string;
}

const memberBy = (helper: string, expression: Expression): Member | undefined => {
  if (expression.kind !== 'Call' || expression.callee.kind !== 'Name' || expression.callee.name !== helper)
    return undefined;
  const [object, name] = expression.args;
  if (object === undefined || name?.value.kind !== 'Constant' || typeof name.value.value !== 'string') return undefined;
  return { object: object.value, name: name.value.value };
};

export const memberOf = (expression: Expression): Member | undefined =>
  expression.kind === 'Attribute' ? expression : memberBy(memberFunction, expression);

/** What a statement sets by such a call. */
export const memberSetBy = (statement: Statement): Member | undefined =>
  statement.kind === 'ExpressionStatement' ? memberBy(memberSetter, statement.value) : undefined;

/** Where an object keeps what was set: plain objects have fields. */
export function keepMember(owner: PyValue | undefined, name: string, value: PyValue): void {
  if (!(owner instanceof PyInstance)) return;
  const fields = owner.attributes.get('fields');
  if (fields instanceof PyDict) fields.set(name, value);
  else owner.attributes.set(name, value);
}

/** Does the new value follow from the old one: `n += 1`, `n++`, `n = 2 * n`? */
export function carriesOn(statement: Statement, { name }: Member, { source }: Frame): boolean {
  const text = source.text.slice(statement.start, statement.end);
  return /[-+*/%]=|\+\+|--/.test(text) || text.split(/[^\w$]+/).filter((word) => word === name).length > 1;
}
