/** `re`, whose searches always end. Expected values: CPython 3.11. */
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../server/src/python/interpreter';

const interpreter = new Interpreter({
  sources: { read: () => undefined, resolveModule: () => undefined },
  libraries: new Map(),
  mode: 'strict',
});
const module = interpreter.runModule('import re', 'model.py', 'model');
const valueOf = (expression: string): string => interpreter.repr(interpreter.evaluateExpression(expression, module));

describe('re', () => {
  it.each([
    [String.raw`re.split(r'(\d.*)', 's11')`, "['s', '11', '']"],
    [String.raw`re.split(r'\s*,\s*', 'a , b,c')`, "['a', 'b', 'c']"],
    [String.raw`re.sub(r'\.(\d+)\.', r'[\1].', 'a.1.b.22.c')`, "'a[1].b[22].c'"],
    [String.raw`re.findall(r'\d+', 'r1_k3_s11')`, "['1', '3', '11']"],
    [String.raw`re.findall(r'([a-z])(\d)', 'a1b2')`, "[('a', '1'), ('b', '2')]"],
    [String.raw`re.match(r'(?P<op>[a-z]+)(?P<n>\d+)?', 'conv3').groupdict()`, "{'op': 'conv', 'n': '3'}"],
    ["re.search('x', 'abc')", 'None'],
    [String.raw`re.fullmatch(r'\w+', 'ab c')`, 'None'],
    ["re.sub('a', lambda m: m.group().upper(), 'banana', count=2)", "'bAnAna'"],
    ["re.split('(a)(b)?', 'xayabz')", "['x', 'a', None, 'y', 'a', 'b', 'z']"],
    [String.raw`re.search(r'b$', 'ab\n').span()`, '(1, 2)'],
    ["re.split('-', 'a-b-c', maxsplit=1)", "['a', 'b-c']"],
    ["[m.start() for m in re.finditer('', 'ab')]", '[0, 1, 2]'],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression)).toBe(expected);
  });

  it.each([
    "re.match('(a+)+$', 'a' * 40 + 'b')",
    "re.match('(a|a)*$', 'a' * 40 + 'b')",
    "re.match('a*a*a*a*a*a*$', 'a' * 400 + 'b')",
  ])('%s, which would take ages, is unknown', (expression) => {
    expect(valueOf(expression)).toMatch(/unknown/);
  });
});
