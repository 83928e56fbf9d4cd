/** Models that only classes make, of a program that makes no objects of them: with the defaults of constructors and methods. */
import { LimitExceeded, PythonException, TraceStop } from '../../python/errors';
import { PyClass, PyDescriptor, PyFunction, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import { isOwnClass, moduleClass } from '../torch/moduleRegistry';
import type { Session } from '../torch/session';
import { isKerasModel } from './kerasNames';
import { makesModel } from './modelMakers';

/** Makes an object of each class of the file until there is a model; where its constructor makes none, its methods may. Tolerant sessions only. */
export function callUncalledMakers(session: Session): void {
  const { interpreter, module, records, file } = session;
  const { constructions } = records;
  if ([...constructions.keys()].some(isKerasModel)) return;
  const isDone = (): boolean => [...constructions.keys()].some(isWhole);
  for (const value of module.attributes.values()) {
    if (isDone()) break;
    if (!(value instanceof PyClass) || value.span?.file !== file || value.isSubclassOf(moduleClass(interpreter)))
      continue;
    const makers = [...value.attributes].filter(([, member]) => isMaker(member));
    if (makers.length === 0 && !isMaker(value.lookup('__init__'))) continue;
    const object = isClosed(value.lookup('__init__'), 1) ? attempt(() => interpreter.call(value, [])) : undefined;
    for (const [name, member] of makers) {
      if (isDone()) break;
      const owner = member instanceof PyDescriptor ? value : object;
      if (owner !== undefined && isClosed(member, isStatic(member) ? 0 : 1))
        attempt(() => interpreter.callMethod(owner, name));
    }
  }
  for (const each of constructions.keys()) if (isKerasModel(each) && !isWhole(each)) constructions.delete(each);
}

/** Layers in a row that nothing has been given are a part of what the object computes. */
const isWhole = (value: PyInstance): boolean =>
  isKerasModel(value) && (isOwnClass(value.cls) || value.attributes.get('built') === true);

const functionOf = (member: PyValue | undefined): PyFunction | undefined => {
  const found = member instanceof PyDescriptor ? member.getter : member;
  return found instanceof PyFunction ? found : undefined;
};

const isStatic = (member: PyValue): boolean => member instanceof PyDescriptor && member.kind === 'staticmethod';

const isMaker = (member: PyValue | undefined): boolean => {
  if (member instanceof PyDescriptor && /property$/.test(member.kind)) return false;
  const syntax = functionOf(member)?.syntax;
  return syntax !== undefined && makesModel(syntax);
};

/** Has everything after the first parameters a default? */
function isClosed(member: PyValue | undefined, first: number): boolean {
  const parameters = functionOf(member)?.syntax.parameters.slice(first) ?? [];
  return parameters.every(({ kind, default: fallback }) => fallback !== undefined || /^(star|doubleStar)$/.test(kind));
}

function attempt(action: () => PyValue): PyInstance | undefined {
  try {
    const value = action();
    return value instanceof PyInstance ? value : undefined;
  } catch (error) {
    if (error instanceof LimitExceeded || !(error instanceof PythonException || error instanceof TraceStop))
      throw error;
    return undefined;
  }
}
