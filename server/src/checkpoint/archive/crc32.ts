/** Cyclic redundancy checks of 32 bits, reflected. `before`: the sum of the bytes that precede these. */
const checkBy =
  (polynomial: number) =>
  (bytes: Uint8Array, before = 0): number => {
    const table = tableOf(polynomial);
    let crc = ~before >>> 0;
    for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number);
    return ~crc >>> 0;
  };

const tables = new Map<number, Uint32Array>();

function tableOf(polynomial: number): Uint32Array {
  const known = tables.get(polynomial);
  if (known !== undefined) return known;
  const made = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
  tables.set(polynomial, made);
  return made;
}

/** CRC-32 of ISO 3309: zip. */
export const crc32 = checkBy(0xedb88320);

/** CRC-32C of Castagnoli: tables of LevelDB. */
export const crc32c = checkBy(0x82f63b78);
