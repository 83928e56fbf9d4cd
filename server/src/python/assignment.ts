/** Assignment to targets and their deletion. */
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { Expression } from './syntax';
import { PyList, Unknown } from './values';
import type { PyValue } from './values';

/** target = value */
export function assign(target: Expression, value: PyValue, frame: Frame): void {
  const { interpreter } = frame;
  switch (target.kind) {
    case 'Name':
      interpreter.options.observer?.named(target, value, frame);
      frame.scope.target(target.name).variables.set(target.name, value);
      return;
    case 'Attribute': {
      interpreter.options.observer?.named(target, value, frame);
      const object = evaluate(target.object, frame);
      frame.node = target;
      interpreter.setAttribute(object, target.name, value);
      return;
    }
    case 'Subscript': {
      const object = evaluate(target.object, frame);
      const index = evaluate(target.index, frame);
      frame.node = target;
      interpreter.setItem(object, index, value);
      return;
    }
    case 'Tuple':
    case 'List':
      unpack(target.elements, target, value, frame);
      return;
    default:
      frame.node = target;
      interpreter.raise('SyntaxError', 'cannot assign to this expression');
  }
}

function unpack(targets: readonly Expression[], whole: Expression, value: PyValue, frame: Frame): void {
  const { interpreter } = frame;
  frame.node = whole;
  if (value instanceof Unknown) {
    for (const target of targets) assign(target.kind === 'Starred' ? target.value : target, value, frame);
    return;
  }
  const star = targets.findIndex(({ kind }) => kind === 'Starred');
  const items: PyValue[] = [];
  for (const item of interpreter.iterateToUnpack(value)) {
    items.push(item);
    if (star < 0 && items.length > targets.length)
      interpreter.raise('ValueError', `too many values to unpack (expected ${targets.length})`);
    interpreter.requireSize(items.length);
  }
  const required = star < 0 ? targets.length : targets.length - 1;
  if (items.length < required)
    interpreter.raise(
      'ValueError',
      `not enough values to unpack (expected ${star < 0 ? '' : 'at least '}${required}, got ${items.length})`,
    );
  const extra = items.length - targets.length;
  for (const [i, target] of targets.entries()) {
    if (target.kind === 'Starred') assign(target.value, new PyList(items.slice(i, i + extra + 1)), frame);
    else assign(target, items[star >= 0 && i > star ? i + extra : i] ?? null, frame);
  }
}

/** del target */
export function remove(target: Expression, frame: Frame): void {
  const { interpreter } = frame;
  switch (target.kind) {
    case 'Name': {
      const { variables } = frame.scope.target(target.name);
      frame.node = target;
      if (!variables.delete(target.name)) interpreter.raise('NameError', `name '${target.name}' is not defined`);
      return;
    }
    case 'Attribute': {
      const object = evaluate(target.object, frame);
      frame.node = target;
      interpreter.deleteAttribute(object, target.name);
      return;
    }
    case 'Subscript': {
      const object = evaluate(target.object, frame);
      const index = evaluate(target.index, frame);
      frame.node = target;
      interpreter.deleteItem(object, index);
      return;
    }
    case 'Tuple':
    case 'List':
      for (const element of target.elements) remove(element, frame);
      return;
    default:
      frame.node = target;
      interpreter.raise('SyntaxError', 'cannot delete this expression');
  }
}
