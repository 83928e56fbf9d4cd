/** Checkpoints of many gigabytes that take no space: what is not written is a hole of the file. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { global, little, pickle, proto, text } from '../checkpoint/pickleWriter';

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function writeSparse(path: string, size: number, pieces: readonly Piece[]): void {
  const file = openSync(path, 'w');
  try {
    for (const { offset, bytes } of pieces) writeSync(file, bytes, 0, bytes.length, offset);
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}

/** `count` bfloat16 tensors of `shape`; the last one ends with 2.5. */
export function sparseSafetensors(path: string, count: number, shape: readonly [number, number]): number {
  const bytes = 2 * shape[0] * shape[1];
  const entry = (i: number) => ({ dtype: 'BF16', shape, data_offsets: [i * bytes, (i + 1) * bytes] });
  const header = Buffer.from(
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`layers.${i}.weight`, entry(i)]))),
  );
  const size = 8 + header.length + count * bytes;
  writeSparse(path, size, [
    { offset: 0, bytes: little(header.length, 8) },
    { offset: 8, bytes: header },
    // 2.5 is 0x40200000 as float32, of which bfloat16 is the upper half.
    { offset: size - 2, bytes: Uint8Array.of(0x20, 0x40) },
  ]);
  return size;
}

/** The file of `torch.save({'w': …})` with one float32 matrix, in a zip64 archive as torch writes it for more than 4 GiB; its last element is 1. */
export function sparseTorchZip(path: string, rows: number, columns: number): number {
  const integer = (value: number): Uint8Array => pickle('LONG1', 8, little(value, 8));
  const content = pickle(
    proto,
    ...['EMPTY_DICT', text('w'), global('torch._utils', '_rebuild_tensor_v2'), 'MARK'],
    ...[
      'MARK',
      text('storage'),
      global('torch', 'FloatStorage'),
      text('0'),
      text('cpu'),
      integer(rows * columns),
      'TUPLE',
      'BINPERSID',
    ],
    ...['BININT1', 0, integer(rows), integer(columns), 'TUPLE2', integer(columns), 'BININT1', 1, 'TUPLE2', 'NEWFALSE'],
    ...[global('collections', 'OrderedDict'), 'EMPTY_TUPLE', 'REDUCE', 'TUPLE', 'REDUCE', 'SETITEM', 'STOP'],
  );
  const bytes = 4 * rows * columns;
  const pieces: Piece[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, size, data } of [
    { name: 'archive/data.pkl', size: content.length, data: content },
    { name: 'archive/data/0', size: bytes, data: undefined },
  ]) {
    const title = Buffer.from(name);
    const sizes = Buffer.concat([little(1, 2), little(24, 2), little(size, 8), little(size, 8), little(offset, 8)]);
    const common = Buffer.concat([
      little(45, 2),
      little(0, 12),
      little(0xffffffff, 4),
      little(0xffffffff, 4),
      little(title.length, 2),
    ]);
    const local = Buffer.concat([
      little(0x04034b50, 4),
      common,
      little(20, 2),
      title,
      little(1, 2),
      little(16, 2),
      little(size, 8),
      little(size, 8),
    ]);
    directory.push(
      Buffer.concat([
        little(0x02014b50, 4),
        little(45, 2),
        common,
        little(sizes.length, 2),
        little(0, 10),
        little(0xffffffff, 4),
        title,
        sizes,
      ]),
    );
    pieces.push({ offset, bytes: local });
    offset += local.length;
    if (data === undefined)
      pieces.push({ offset: offset + size - 4, bytes: new Uint8Array(Float32Array.of(1).buffer) });
    else pieces.push({ offset, bytes: data });
    offset += size;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.concat([
    ...[little(0x06064b50, 4), little(44, 8), little(45, 2), little(45, 2), little(0, 8), little(2, 8), little(2, 8)],
    ...[little(central.length, 8), little(offset, 8)],
    ...[little(0x07064b50, 4), little(0, 4), little(offset + central.length, 8), little(1, 4)],
    ...[
      little(0x06054b50, 4),
      little(0, 4),
      little(0xffff, 2),
      little(0xffff, 2),
      little(0xffffffff, 4),
      little(0xffffffff, 4),
      little(0, 2),
    ],
  ]);
  pieces.push({ offset, bytes: central }, { offset: offset + central.length, bytes: end });
  const size = offset + central.length + end.length;
  writeSparse(path, size, pieces);
  return size;
}
