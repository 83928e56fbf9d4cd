/**
 * numpy's `.npy`: magic, version, header length and a header that is a Python dict literal
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, then the elements.
 * (numpy/lib/format.py). The literal is parsed strictly; nothing is evaluated.
 */
import { ByteRange, type ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import type { CheckpointTensor } from './checkpoint';
import { elementCount } from './elementCount';
import { elementWidth, type ElementType } from './elementType';
import { numpyElementType } from './pickle/numpyGlobals';
import { contiguousStrides, StridedTensor } from './stridedTensor';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const LONGEST_HEADER = 1 << 16;

export interface NpyHeader {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly dataStart: number;
}

export async function isNpy(source: ByteSource): Promise<boolean> {
  const start = await source.read(0, Math.min(source.size, MAGIC.length));
  return start.length === MAGIC.length && MAGIC.every((byte, index) => start[index] === byte);
}

/** The array of a `.npy` source; `key` also names its storage. Throws a CheckpointError naming `where`. */
export async function openNpy(
  source: ByteSource,
  name: string,
  where: string,
): Promise<(as: string) => CheckpointTensor> {
  const header = await readNpyHeader(source, where);
  const { shape, dtype, fortranOrder, littleEndian, dataStart } = header;
  const bytes = elementCount(shape) * elementWidth(dtype);
  if (bytes > source.size - dataStart)
    throw new CheckpointError(
      `[${shape.join(', ')}] of ${dtype} takes ${bytes} bytes, ${source.size - dataStart} are there`,
      source.name,
      where,
      'The file is truncated.',
    );
  const strides = fortranOrder ? contiguousStrides([...shape].reverse()).reverse() : contiguousStrides(shape);
  const storage = { key: name, bytes: new ByteRange(source, dataStart, bytes), littleEndian };
  return (as) => new StridedTensor(as, dtype, storage, { shape, strides, offset: 0 });
}

/** What a header says, whatever the type of the elements. */
export interface NpyFields {
  /** numpy's code of the type: `<f4`, `|O` for objects. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly dataStart: number;
}

export async function readNpyHeader(source: ByteSource, where: string): Promise<NpyHeader> {
  const { descr, shape, fortranOrder, dataStart } = await readNpyFields(source, where);
  const code = /^([<>=|]?)(\w+)$/.exec(descr);
  const dtype = numpyElementType(code?.[2] ?? '');
  if (dtype === undefined)
    throw new CheckpointError(
      `arrays of type '${descr}' are not read${kindNote(descr)}`,
      source.name,
      where,
      'Convert it to numbers and save it again.',
    );
  return { shape, dtype, littleEndian: code?.[1] !== '>', fortranOrder, dataStart };
}

/** Throws a CheckpointError naming `where`. */
export async function readNpyFields(source: ByteSource, where: string): Promise<NpyFields> {
  const fail = (reason: string): never => {
    throw new CheckpointError(reason, source.name, where, 'The file is damaged or not written by numpy.save.');
  };
  if (!(await isNpy(source))) fail('this is not a .npy array');
  const version = (await source.read(6, 2))[0] ?? 0;
  if (version < 1 || version > 3) fail(`version ${version} of the .npy format is unknown`);
  const lengthBytes = version === 1 ? 2 : 4;
  const size = await source.read(8, lengthBytes);
  const length = size.reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
  if (length > LONGEST_HEADER) fail(`a header of ${length} bytes`);
  const text = new TextDecoder().decode(await source.read(8 + lengthBytes, length));
  const fields = headerFields(text) ?? fail(`the header cannot be read: ${text.slice(0, 80).trim()}`);
  return { ...fields, dataStart: 8 + lengthBytes + length };
}

function kindNote(descr: string): string {
  if (descr.includes('O')) return ' (Python objects: reading them would mean unpickling)';
  if (/[SUa]\d/.test(descr)) return ' (text)';
  if (/[mM]8/.test(descr)) return ' (dates)';
  return descr.startsWith('[') ? ' (records)' : '';
}

type HeaderFields = Omit<NpyFields, 'dataStart'>;

/** The three fields in any order; undefined when the text is anything else. */
function headerFields(text: string): HeaderFields | undefined {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return undefined;
  const field =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|\[[^\]]*\]|True|False|\([^()]*\))\s*(,|$)/y;
  const values = new Map<string, string>();
  while (field.lastIndex < body.length) {
    const at = field.lastIndex;
    const match = field.exec(body);
    if (match === null) return body.slice(at).trim() === '' ? assembleFields(values) : undefined;
    values.set(match[2] ?? '', match[3] ?? '');
  }
  return assembleFields(values);
}

function assembleFields(values: ReadonlyMap<string, string>): HeaderFields | undefined {
  const descr = values.get('descr');
  const order = values.get('fortran_order');
  const shape = shapeLiteral(values.get('shape') ?? '');
  if (descr === undefined || (order !== 'True' && order !== 'False') || shape === undefined) return undefined;
  return { descr: descr.startsWith('[') ? descr : descr.slice(1, -1), fortranOrder: order === 'True', shape };
}

/** `()`, `(3,)`, `(3, 4)`; Python 2 wrote `3L`. */
function shapeLiteral(text: string): number[] | undefined {
  const inner = /^\((.*)\)$/s.exec(text)?.[1]?.trim();
  if (inner === undefined) return undefined;
  if (inner === '') return [];
  const parts = inner
    .replace(/,$/, '')
    .split(',')
    .map((part) => part.trim());
  if (!parts.every((part) => /^\d{1,16}L?$/.test(part))) return undefined;
  const sizes = parts.map((part) => Number(part.replace('L', '')));
  return sizes.every(Number.isSafeInteger) ? sizes : undefined;
}
