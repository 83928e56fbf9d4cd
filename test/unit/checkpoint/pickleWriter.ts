import { opcodes, type OpcodeName } from '../../../server/src/checkpoint/pickle/opcodes';

/** Assembles pickles instruction by instruction, also ones that Python would never write. */
export type Part = number | string | Uint8Array;

/** Names become instructions, numbers bytes, text Latin-1. */
export const pickle = (...parts: readonly Part[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => {
        if (typeof part === 'number') return Uint8Array.of(part);
        if (typeof part !== 'string') return part;
        return part in opcodes ? Uint8Array.of(opcodes[part as OpcodeName]) : Buffer.from(part, 'latin1');
      }),
    ),
  );

/** A little-endian number of `bytes` bytes. */
export function little(value: bigint | number, bytes: number): Uint8Array {
  const result = new Uint8Array(bytes);
  for (let i = 0, rest = BigInt(value); i < bytes; i++, rest >>= 8n) result[i] = Number(rest & 0xffn);
  return result;
}

export const global = (module: string, name: string): Uint8Array => pickle('GLOBAL', `${module}\n${name}\n`);

export const text = (value: string): Uint8Array =>
  pickle('BINUNICODE', little(Buffer.byteLength(value), 4), new TextEncoder().encode(value));

export const proto = pickle('PROTO', 2);
