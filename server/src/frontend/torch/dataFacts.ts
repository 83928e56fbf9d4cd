/** Which data sets a training script makes, with their arguments and transforms as plain data. */
import type { DataCall, DataValue } from '../../dataset/dataCall';
import type { SourceSpan } from '../../graph/node';
import { isScalar, PyDict, PyFunction, PyInstance, PyList, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { DatasetFact } from './facts/facts';
import { keyText, knownText } from './keyText';
import { isOwnClass } from './moduleRegistry';
import type { LibraryCall } from './moduleRecords';
import type { Session } from './session';
import { tensorSteps } from './tensorSteps';

/** Most nested calls in one argument; a list may hold itself. */
const DEEPEST = 12;
const LONGEST = 4096;

/** In the order of the script, those that a loader reads first. */
export function datasetFacts(session: Session): DatasetFact[] {
  const { libraryCalls } = session.records;
  const made = libraryCalls.filter(({ kind }) => kind === 'dataset' || kind === 'load_dataset');
  const loaders = libraryCalls.filter(({ kind }) => kind === 'DataLoader');
  const loaderOf = (instance: PyValue): DatasetFact['loader'] => {
    const found = loaders.find(({ args }) => partsOf(args.get('dataset') ?? null).includes(instance));
    return found && { shuffle: found.args.get('shuffle') === true };
  };
  const here: SourceSpan = { file: session.file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const reader = new ValueReader(session);
  const noted = new Set(made.map(({ instance }) => instance));
  const own = new Set(
    loaders
      .flatMap(({ args }) => partsOf(args.get('dataset') ?? null))
      .filter(isOwnInstance)
      .filter((instance) => isDataset(instance) && !noted.has(instance)),
  );
  const facts = [
    ...made.map((call) => ({
      value: reader.callOf(call),
      span: call.span ?? here,
      loader: loaderOf(call.instance),
    })),
    ...[...own].map((instance) => ({
      value: { name: instance.cls.name, origin: 'own' as const, positional: [], named: reader.attributesOf(instance) },
      span: instance.cls.span ?? here,
      loader: loaderOf(instance),
    })),
  ];
  return facts
    .sort((a, b) => Number(b.loader !== undefined) - Number(a.loader !== undefined))
    .map((fact) => ({ ...fact, certain: new Set(facts.map(({ value }) => value.name)).size === 1 }));
}

const isOwnInstance = (value: PyValue): value is PyInstance => value instanceof PyInstance && isOwnClass(value.cls);

const isDataset = ({ cls }: PyInstance): boolean =>
  cls.lookup('__getitem__') !== undefined || cls.lookup('__iter__') !== undefined;

/** A data set and those that it is a part or a joining of. */
function partsOf(value: PyValue, depth = 0): PyValue[] {
  if (!(value instanceof PyInstance) || depth > DEEPEST) return [value];
  const inner = value.attributes.get('dataset');
  const several = value.attributes.get('datasets');
  const parts = [
    ...(inner === undefined ? [] : [inner]),
    ...(several instanceof PyList ? several.items : []),
    // A class of the code's own that wraps a set of a library keeps it under any name.
    ...(isOwnClass(value.cls) ? value.attributes.values() : []),
  ];
  return [value, ...parts.flatMap((part) => partsOf(part, depth + 1))];
}

export class ValueReader {
  /** Notes by the object that the call gave. */
  private readonly made: ReadonlyMap<PyValue, LibraryCall>;
  constructor(private readonly session: Pick<Session, 'interpreter' | 'records'>) {
    const calls = session.records.libraryCalls.filter(({ kind }) => kind === 'transform' || kind === 'dataset');
    this.made = new Map(calls.map((call) => [call.instance, call]));
  }

  callOf({ args, instance }: LibraryCall, depth = 0): DataCall {
    // A transform that is assigned afterwards counts.
    const assigned = instance instanceof PyInstance ? instance.attributes.get('transform') : undefined;
    const entries = [...args].filter(([key]) => key !== 'name');
    if (assigned !== undefined) entries.push(['transform', assigned]);
    const read = (of: typeof entries): [string, DataValue][] =>
      of.map(([key, value]) => [key, this.valueOf(value, depth + 1)]);
    return {
      name: keyText(args.get('name')),
      origin: 'library',
      positional: read(entries.filter(([key]) => /^\d+$/.test(key))).map(([, value]) => value),
      named: Object.fromEntries(read(entries.filter(([key]) => !/^\d+$/.test(key)))),
    };
  }

  /** Texts among what an own data set keeps: its paths. */
  attributesOf(instance: PyInstance): Record<string, DataValue> {
    const texts = [...instance.attributes].filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts.map(([name, value]) => [name, this.valueOf(value, 0)]));
  }

  private valueOf(value: PyValue, depth: number): DataValue {
    if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
      return value;
    if (typeof value === 'bigint') return Number(value);
    if (depth > DEEPEST) return undefined;
    if (value instanceof PyTuple || value instanceof PyList)
      return value.items.slice(0, LONGEST).map((item) => this.valueOf(item, depth + 1));
    const call = this.made.get(value);
    if (call !== undefined) return this.callOf(call, depth);
    if (value instanceof PyFunction) return functionCall(value);
    return value instanceof PyInstance ? this.instanceValue(value, depth) : undefined;
  }

  private instanceValue(value: PyInstance, depth: number): DataValue {
    if (isScalar(value.payload)) return typeof value.payload === 'bigint' ? Number(value.payload) : value.payload;
    if (value.cls.name === 'dtype' || /Path$/.test(value.cls.name)) return knownText(this.session.interpreter, value);
    const children = value.cls.name === 'Sequential' ? value.attributes.get('_modules') : undefined;
    if (children instanceof PyDict) {
      const steps = children.values().map((child) => this.valueOf(child, depth + 1));
      return { name: 'Compose', origin: 'library', positional: [steps], named: {} };
    }
    return isOwnClass(value.cls) ? { name: value.cls.name, origin: 'own', positional: [], named: {} } : undefined;
  }
}

function functionCall({ syntax }: PyFunction): DataCall {
  const steps = tensorSteps(syntax);
  const name = syntax.name === '<lambda>' ? 'a lambda' : syntax.name;
  return steps === undefined
    ? { name, origin: 'own', positional: [], named: {} }
    : { name: 'Compose', origin: 'library', positional: [steps], named: {} };
}
