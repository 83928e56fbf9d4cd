import { describe, expect, it } from 'vitest';
import { evaluate, evaluateConstant } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';

describe('evaluate', () => {
  it('computes shared nodes once for several outputs, in any order', () => {
    const x = op.input('x', [2]);
    const square = op.mul(x, x);
    const outputs = [op.neg(square), square, x, square];
    const results = evaluate(outputs, new Map([[x, Float64Array.of(2, 3)]]));
    expect(results.map((data) => [...data])).toEqual([
      [-4, -9],
      [4, 9],
      [2, 3],
      [4, 9],
    ]);
  });

  it('takes a value for any node in place of its computation', () => {
    const x = op.input('x', [1]);
    const y = op.exp(x);
    const [result] = evaluate([op.add(y, op.full(1))], new Map([[y, Float64Array.of(5)]]));
    expect(result).toEqual(Float64Array.of(6));
  });

  it('follows a chain longer than the call stack', () => {
    const x = op.input('x', []);
    let y: Node = x;
    for (let i = 0; i < 50_000; i++) y = op.add(y, x);
    expect(evaluate([y], new Map([[x, Float64Array.of(2)]]))[0]).toEqual(Float64Array.of(100_002));
  });

  it('does not write to its feeds', () => {
    const x = op.input('x', [3]);
    const data = Float64Array.of(1, 2, 3);
    evaluate([op.neg(op.reshape(x, [3, 1])), op.cumsum(x, 0)], new Map([[x, data]]));
    expect(data).toEqual(Float64Array.of(1, 2, 3));
  });

  it('says which input is missing and which does not fit', () => {
    const x = op.input('images', [2]);
    expect(() => evaluate([op.neg(x)], new Map())).toThrow("the input 'images' has no value");
    expect(() => evaluate([x], new Map([[x, new Float64Array(3)]]))).toThrow(
      /\[2\] takes Float64Array, got Float64Array of 3/,
    );
    expect(() => evaluate([x], new Map([[x, new Int32Array(2)]]))).toThrow('got Int32Array of 2');
  });
});

describe('evaluateConstant', () => {
  it('is the value of what depends on constants and counters only', () => {
    const mask = op.le(op.iota([3, 3], 1), op.iota([3, 3], 0));
    expect(evaluateConstant(mask)).toEqual(Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 1, 1));
    expect(evaluateConstant(op.reduceSum(op.convert(mask, 'float'), [1]))).toEqual(Float64Array.of(1, 2, 3));
  });

  it('is undefined for what depends on an input, even a multiple of zero', () => {
    const x = op.input('x', [2]);
    const y = op.mul(x, op.full(0));
    expect(evaluateConstant(x)).toBeUndefined();
    expect(evaluateConstant(op.add(y, op.full(1)))).toBeUndefined();
    expect(evaluateConstant(y)).toBeUndefined();
  });

  it('answers for every node of a growing graph without walking it again', () => {
    const x = op.input('x', []);
    let [fixed, varying]: [Node, Node] = [op.full(0), x];
    for (let i = 0; i < 30_000; i++) {
      fixed = op.add(fixed, op.full(1));
      varying = op.add(varying, fixed);
      expect(evaluateConstant(varying) === undefined && evaluateConstant(fixed)?.[0] === i + 1).toBe(true);
    }
  });
});
