import { crc32 } from '../../../server/src/checkpoint/archive/crc32';
import { little } from './pickleWriter';

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  /** Deflated data with its true size; absent: stored. */
  readonly inflatedSize?: number;
  readonly crc?: number;
}

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A zip archive that may lie about its sizes. */
export function zip(parts: readonly ZipPart[]): Uint8Array {
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, inflatedSize, crc } of parts) {
    const title = new TextEncoder().encode(name);
    const common = join([
      little(20, 2),
      little(0, 2),
      little(inflatedSize === undefined ? 0 : 8, 2),
      little(0, 4),
      little(crc ?? (inflatedSize === undefined ? crc32(data) : 0), 4),
      little(data.length, 4),
      little(inflatedSize ?? data.length, 4),
      little(title.length, 2),
      little(0, 2),
    ]);
    const body = join([little(0x04034b50, 4), common, title, data]);
    directory.push(
      join([
        little(0x02014b50, 4),
        little(20, 2),
        common,
        little(0, 2),
        little(0, 2),
        little(0, 2),
        little(0, 4),
        little(offset, 4),
        title,
      ]),
    );
    bodies.push(body);
    offset += body.length;
  }
  const central = join(directory);
  const end = join([
    little(0x06054b50, 4),
    little(0, 4),
    little(parts.length, 2),
    little(parts.length, 2),
    little(central.length, 4),
    little(offset, 4),
    little(0, 2),
  ]);
  return join([...bodies, central, end]);
}
