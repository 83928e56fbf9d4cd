/**
 * Short programs on concrete tensors: promotion, views and in-place operations, parameters, conversions to Python,
 * error messages. Expected results come from PyTorch 2.13 by test/fixtures/functions/generate.py.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTorchModules } from '../../../../server/src/frontend/torch/functions/torchModules';
import { ModuleRecords } from '../../../../server/src/frontend/torch/moduleRecords';
import { createNnModules } from '../../../../server/src/frontend/torch/nnLibrary';
import { PythonException } from '../../../../server/src/python/errors';
import { Interpreter } from '../../../../server/src/python/interpreter';
import type { PyValue } from '../../../../server/src/python/values';
import { PyList, PyTuple } from '../../../../server/src/python/values';

interface Program {
  readonly body: string;
  readonly result: unknown;
}

const programs = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/functions/programs.json'), 'utf8'),
) as Program[];

function source(body: string): string {
  const lines = body.split('\n');
  const statements = lines.length === 1 && !body.startsWith('return') ? [`return ${body}`] : lines;
  return [
    'import math',
    'import torch',
    'import torch.nn.functional as F',
    'from torch.nn import init',
    'from torch.nn.parameter import Parameter',
    'def case():',
    ...statements.map((line) => `    ${line}`),
  ].join('\n');
}

/** Python values as JSON has them. */
function plain(value: PyValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof PyList || value instanceof PyTuple) return value.items.map(plain);
  return value;
}

/** Numbers to float32 accuracy; everything else exactly. */
function expectSame(actual: unknown, expected: unknown): void {
  if (typeof expected === 'number' && typeof actual === 'number')
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
  else if (Array.isArray(expected) && Array.isArray(actual)) {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((item, i) => expectSame(actual[i], item));
  } else expect(actual).toEqual(expected);
}

const isRaised = (result: unknown): result is { raises: string; message: string } =>
  typeof result === 'object' && result !== null && 'raises' in result;

describe('programs on concrete tensors give what PyTorch gives', () => {
  for (const { body, result } of programs)
    it(body.replaceAll('\n', '; '), () => {
      const interpreter = new Interpreter({
        libraries: new Map([...createTorchModules(0), ...createNnModules(new ModuleRecords())]),
      });
      const run = (): PyValue => {
        const module = interpreter.runModule(source(body), 'program.py');
        return interpreter.call(module.attributes.get('case') ?? null);
      };
      if (!isRaised(result)) {
        expectSame(plain(run()), result);
        return;
      }
      let raised: unknown;
      try {
        run();
      } catch (error) {
        raised = error;
      }
      expect(raised).toBeInstanceOf(PythonException);
      const { description, span } = raised as PythonException;
      expect(description.split('\n')[0]).toBe(`${result.raises}: ${result.message}`);
      // At the user's expression.
      expect(span?.file).toBe('program.py');
      expect(span?.line).toBeGreaterThan(6);
    });
});
