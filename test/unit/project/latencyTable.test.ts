import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseLatencies } from '../../../server/src/project/latencyTable';
import { SettingsError } from '../../../server/src/project/settings';

const plain = (text: string): unknown =>
  Object.fromEntries([...parseLatencies(text, 'table')].map(([name, own]) => [name, Object.fromEntries(own)]));

describe('a table of latencies', () => {
  const expected = { fc1: { 4: 0.31, 8: 0.52 }, 'fc2.weight': { 8: 1 } };

  test.each([
    ['JSON', '{"fc1": {"4": 0.31, "8": 0.52}, "fc2.weight": {"8": 1}}'],
    ['lines with names', 'layer,bits,ms\nfc1,4,0.31\nfc1,8,0.52\n\nfc2.weight,8,1\n'],
    ['lines without', 'fc1;4;0.31\r\nfc1;8;0.52\r\nfc2.weight;8;1'],
    [
      'tabs, quotes and a comment',
      '"layer"\t"bits"\t"ms"\n# measured at batch 1\n"fc1"\t4\t0.31\nfc1\t8\t0.52\nfc2.weight\t8\t1e0',
    ],
  ])('is read from %s', (_, text) => {
    expect(plain(text)).toEqual(expected);
  });

  test.each([
    ['', /^table: there are no latencies in it; a line is layer,bits,milliseconds$/],
    ['{"fc1": 3}', /^table: fc1 must be an object of latencies by bits/],
    [
      '{"fc1": {"4": "fast"}}',
      /^table: fc1: the latency of fc1 at 4 bits must be a number of milliseconds, not "fast"$/,
    ],
    ['{"fc1": {"four": 1}}', /bits must be a whole number from 1 to 64, not "four"/],
    ['{"fc1": {', /^table: .*JSON/],
    ['fc1,4,0.3\nfc1,4,0.4', /^table:2: fc1 has two latencies at 4 bits$/],
    ['fc1,4,-1', /^table:1: the latency of fc1 at 4 bits must be a number of milliseconds, not -1$/],
    ['fc1,4,', /^table:1: .* not ""$/],
    ['layer,bits,ms\nfc1,4', /^table:2: a line is layer,bits,milliseconds, but this has 2 columns$/],
    ['layer,bits,ms\n,4,1', /^table:2: the layer has no name$/],
    ['fc1,4,Infinity', /must be a number of milliseconds/],
  ])('that is wrong says where and what: %j', (text, message) => {
    expect(() => parseLatencies(text, 'table')).toThrow(SettingsError);
    expect(() => parseLatencies(text, 'table')).toThrow(message);
  });

  test('of the documentation is one of the digits example', () => {
    const table = parseLatencies(readFileSync('docs/latencies.csv', 'utf8'), 'docs/latencies.csv');
    expect([...table.keys()]).toContain('blocks.0.conv');
    for (const own of table.values()) expect([...own.keys()]).toEqual([2, 3, 4, 8]);
  });
});
