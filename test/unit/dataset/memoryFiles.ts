import { MemoryByteSource, type ByteSource } from '../../../server/src/checkpoint/byteSource';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import type { CheckpointFiles } from '../../../server/src/checkpoint/checkpointFiles';
import type { DataFiles } from '../../../server/src/dataset/dataset';

/** Files by absolute path, in memory. */
export function memoryFiles(files: Readonly<Record<string, Uint8Array>>): DataFiles & CheckpointFiles {
  const paths = Object.keys(files);
  const open = (path: string): Promise<ByteSource> => {
    const bytes = files[path];
    if (bytes === undefined) return Promise.reject(new CheckpointError('there is no such file', path, 'path'));
    return Promise.resolve(new MemoryByteSource(path, bytes));
  };
  return {
    isFolder: (path) => Promise.resolve(paths.some((file) => file.startsWith(`${path}/`))),
    list: (folder) => {
      const below = paths.filter((file) => file.startsWith(`${folder}/`));
      const names = below.map((file) => file.slice(folder.length + 1).split('/')[0] ?? '');
      return Promise.resolve([...new Set(names)].sort());
    },
    open,
    openBeside: (file, path) => open(`${file.slice(0, file.lastIndexOf('/') + 1)}${path}`),
    readWhole(path) {
      const bytes = files[path];
      return bytes === undefined
        ? Promise.reject(new CheckpointError('there is no such file', path, 'path'))
        : Promise.resolve(bytes);
    },
  };
}

/** A `.npy` file by numpy's format description. */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView, fortran = false): Uint8Array {
  const sizes = shape.map((size) => `${size},`).join(' ');
  const header = Buffer.from(
    `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }\n`,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('\u0093NUMPY\u0001\u0000', 'latin1'),
      length,
      header,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}
