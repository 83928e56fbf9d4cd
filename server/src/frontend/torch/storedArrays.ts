/** Arrays of data sets that libraries give to a script: their shape is known before their files are, and which array of which set they are. */
import type { ArraySource } from '../../dataset/preparation/preparedData';
import type { DataValue } from '../../dataset/dataCall';
import type { Primitive } from '../../graph/primitives';
import type { Interpreter } from '../../python/interpreter';
import { PyDict, PyList, PyTuple } from '../../python/values';
import type { PyInstance, PyValue } from '../../python/values';
import type { TorchDtype } from '../model';
import { keyText } from './keyText';
import type { ModuleRecords } from './moduleRecords';
import { dataTensor } from './tensor/dataTensor';
import { payloadOf } from './tensor/tensor';

export interface StoredArray extends ArraySource {
  readonly dtype: TorchDtype;
  /** Of labels 0 … classes−1. */
  readonly classes?: number;
}

/** A tensor that stands for the array, by whose node the array is found again. */
export function storedTensor(interpreter: Interpreter, records: ModuleRecords, array: StoredArray): PyInstance {
  const { shape, dtype, array: name, call, classes } = array;
  const tensor = dataTensor(interpreter, shape, dtype);
  const node = payloadOf(tensor)?.node;
  if (node !== undefined)
    records.dataSources.set(node, { shape, array: name, call, ...(classes === undefined ? {} : { classes }) });
  return tensor;
}

/** An argument as plain data; undefined where it is not known or not plain. */
export function dataValue(value: PyValue): DataValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof PyTuple || value instanceof PyList ? value.items.map(dataValue) : undefined;
}

/** Keyword arguments as plain data. */
export const dataValues = (named: PyValue): Record<string, DataValue> =>
  named instanceof PyDict
    ? Object.fromEntries(named.entries().map(([key, value]) => [keyText(key), dataValue(value)]))
    : {};

/** Steps that choose or reshape labels, and do not change them. */
const keepsLabels: ReadonlySet<Primitive> = new Set<Primitive>(['slice', 'reshape', 'convert', 'take', 'reverse']);

/** The number of classes of labels that a data set gives; undefined for other data. */
export function classesOf(tensor: PyValue, records: ModuleRecords): number | undefined {
  let node = payloadOf(tensor)?.node;
  while (node !== undefined && keepsLabels.has(node.primitive)) node = node.inputs[0];
  return node === undefined ? undefined : records.dataSources.get(node)?.classes;
}
