/**
 * One number of a model changed at a time: what PyTorch rejects is to be reported at the line where PyTorch raises, with the
 * same sizes, and what it accepts is to be read to the end with the same output. HESSIAN_LENS_MUTATIONS sets how many.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../server/src/frontend/model';
import { traceModel } from '../../server/src/frontend/torch/traceModel';
import { diskSources } from '../../server/src/project/diskSources';
import { Random } from '../../server/src/curvature/random';
import { findTorchPython, runProgram } from './python';

interface Verdict {
  readonly error: string | null;
  readonly line: number;
  readonly output: readonly number[] | null;
}
interface Answer {
  readonly model: string;
  readonly shape: readonly number[];
  readonly integers: boolean;
  readonly variants: readonly Verdict[];
}

const python = findTorchPython();
const folder = join(__dirname, 'models');
const files = readdirSync(folder).filter((name) => name.endsWith('.py'));
const wanted = Number(process.env['HESSIAN_LENS_MUTATIONS'] ?? 200);

/**
 * Places of the whole numbers in the model's code: not in texts, comments, names or what makes the example, nor where targets
 * are used, whose shape is not read off anything.
 */
function numbersIn(source: string): { readonly start: number; readonly text: string }[] {
  const end = source.indexOf('\ndef example(');
  const code = source
    .slice(0, end)
    .replace(/"""[^]*?"""|"[^"\n]*"|'[^'\n]*'|#[^\n]*|.*\btargets\b.*/g, (text) => ' '.repeat(text.length));
  return [...code.matchAll(/(?<![\w.])\d+(?![\w.]|\s*\*\s*\*)/g)].map(({ index, 0: text }) => ({ start: index, text }));
}

function variantOf(source: string, random: Random): string {
  const places = numbersIn(source);
  const place = places[random.integer(places.length)];
  if (place === undefined) throw new Error('a model without a number');
  const value = Number(place.text);
  const choices = [value + 1, value + 2, value * 2 + 1, Math.max(0, value - 1)].filter((each) => each !== value);
  const changed = choices[random.integer(choices.length)] ?? value + 1;
  return source.slice(0, place.start) + String(changed) + source.slice(place.start + place.text.length);
}

function read(path: string, source: string, { model, shape, integers }: Answer): TracedModel {
  return traceModel({
    file: path,
    source,
    sources: diskSources({ root: folder }),
    model,
    batch: shape[0] ?? 1,
    inputs: [{ kind: 'shape', sample: shape.slice(1), dtype: integers ? 'int' : 'float' }],
  });
}

const numbers = (text: string): string => (text.match(/\d+/g) ?? []).join(' ');

describe.skipIf(python === undefined)('changed numbers', () => {
  it(`of ${wanted} models mean to us what they mean to PyTorch`, async () => {
    const random = new Random(7);
    const each = Math.ceil(wanted / files.length);
    const models = files.map((name) => {
      const path = join(folder, name);
      const source = readFileSync(path, 'utf8');
      return { path, source, variants: Array.from({ length: each }, () => variantOf(source, random)) };
    });
    const scratch = mkdtempSync(join(tmpdir(), 'hessian-lens-mutations-'));
    const request = join(scratch, 'request.json');
    writeFileSync(request, JSON.stringify(models));
    const answers = JSON.parse(
      await runProgram(python ?? '', [join(__dirname, 'mutations.py'), request]),
    ) as readonly Answer[];
    rmSync(scratch, { recursive: true });

    const wrong: string[] = [];
    let rejected = 0;
    for (const [number, { path, source, variants }] of models.entries())
      for (const [index, variant] of variants.entries()) {
        const answer = answers[number];
        const verdict = answer?.variants[index];
        if (answer === undefined || verdict === undefined) throw new Error('PyTorch gave no answer');
        const { stopped, outputNode } = read(path, variant, answer);
        const changed = variant.split('\n').find((line, i) => line !== source.split('\n')[i]) ?? '';
        const say = (what: string): void =>
          void wrong.push(
            `${path}: ${changed.trim()}\n    ${what}\n    PyTorch: ${verdict.line}: ${verdict.error ?? String(verdict.output)}\n    we: ${stopped === null ? String(outputNode?.shape) : `${stopped.line}: ${stopped.reason}`}`,
          );
        // Which indices the data have is no matter of shapes.
        if (verdict.error?.includes('index out of range in self') === true) continue;
        if (verdict.error !== null) rejected++;
        if (verdict.error === null && stopped !== null) say('rejected what PyTorch accepts');
        else if (verdict.error !== null && stopped === null) say('accepted what PyTorch rejects');
        else if (verdict.error === null) {
          if (String(outputNode?.shape) !== String(verdict.output)) say('another output');
        } else if (stopped === null) continue;
        // Without a line of the model's own, as in a Sequential made by a function, ours is the line of the layer.
        else if (verdict.line > 0 && stopped.line !== verdict.line) say('another line');
        else if (
          /shapes cannot be multiplied/.test(verdict.error) &&
          !numbers(stopped.reason).startsWith(numbers(verdict.error))
        )
          say('other sizes');
      }
    expect(rejected).toBeGreaterThan(wanted / 10);
    expect(wrong).toEqual([]);
  });
});
