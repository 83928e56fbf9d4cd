/**
 * ONNX's own cases of all its operators, where a Python with the package onnx is found: what is read computes what ONNX says,
 * the rest is refused. HESSIAN_LENS_ONNX_PYTHON names the Python.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from './python';
import { verdictOn, type OnnxCase, type Verdict } from './onnxCase';

const candidates = [process.env['HESSIAN_LENS_ONNX_PYTHON'], process.env['HESSIAN_LENS_PYTHON'], 'python3'];
const python = candidates.find(
  (each) => each !== undefined && spawnSync(each, ['-c', 'import onnx.backend.test']).status === 0,
);
const scratch = mkdtempSync(join(tmpdir(), 'hessian-lens-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What is meant to differ, each for its reason. */
const different: readonly (readonly [RegExp, string])[] = [
  [/^test_cast(like)?_.*(FLOAT8|FLOAT4|INT4|INT2)/, 'the like of CastLike has a type that the graph does not keep'],
  [/^test_batchnorm_.*training/, 'evaluation mode, unless training is asked for'],
  [/^test_training_dropout/, 'nothing is dropped'],
  [
    /^test_resize_downsample_scales_(linear|cubic)_align_corners$/,
    'as PyTorch and ONNX Runtime: by the size of the result',
  ],
];

describe.skipIf(python === undefined)("ONNX's cases of operators", () => {
  it('are computed as ONNX says, or refused', async () => {
    const file = join(scratch, 'cases.jsonl');
    await runProgram(python ?? '', [join(__dirname, 'onnxOperators.py'), file]);
    const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    const counts: Record<Verdict['kind'], number> = { passed: 0, skipped: 0, refused: 0, wrong: 0 };
    const wrong: string[] = [];
    for (const line of lines) {
      const each = JSON.parse(line) as OnnxCase;
      const verdict = await verdictOn(each);
      counts[verdict.kind]++;
      if (verdict.kind === 'wrong' && !different.some(([name]) => name.test(each.name)))
        wrong.push(`${each.name}: ${verdict.reason}`);
    }
    console.log(`${lines.length} cases: ${JSON.stringify(counts)}`);
    expect(wrong).toEqual([]);
    expect(counts.passed).toBeGreaterThan(0.8 * lines.length);
  });
});
