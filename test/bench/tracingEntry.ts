/** The part of tracing.mjs that runs inside the bundle. */
import { readFileSync } from 'node:fs';
import { traceModel } from '../../server/src/frontend/torch/traceModel';
import type { InputSpec } from '../../server/src/frontend/model';
import { parseCached } from '../../server/src/python/parseCache';

interface Subject {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  readonly model: string;
  readonly input: InputSpec;
  readonly parameters: number;
}

const GOAL_MS = 150;
const image: InputSpec = { kind: 'shape', sample: [3, 224, 224] };
const sources = { read: () => undefined, resolveModule: () => undefined };

const ofTorchvision = (name: string, model: string, parameters: number): Subject => ({
  name,
  file: 'model.py',
  source: `from torchvision.models import ${model}\n`,
  model: `${model}()`,
  input: image,
  parameters,
});

function subjects(gpt: string): Subject[] {
  return [
    ofTorchvision('ResNet-50', 'resnet50', 25_557_032),
    ofTorchvision('ViT-B/16', 'vit_b_16', 86_567_656),
    ofTorchvision('Swin-T', 'swin_t', 28_288_354),
    {
      name: 'GPT-2 small',
      file: gpt,
      source: readFileSync(gpt, 'utf8'),
      model: 'GPT2()',
      input: { kind: 'shape', sample: [1024], dtype: 'int' },
      parameters: 124_439_808,
    },
  ];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

function trace({ file, source, model, input, parameters, name }: Subject): number {
  parseCached(source, file);
  const start = performance.now();
  const { stopped, totalParameters } = traceModel({ file, source, sources, model, inputs: [input], batch: 1 });
  const milliseconds = performance.now() - start;
  if (stopped !== null) throw new Error(`${name}: ${stopped.reason}`);
  if (totalParameters !== parameters) throw new Error(`${name} has ${totalParameters} parameters, not ${parameters}`);
  return milliseconds;
}

/** Prints a line for each model. */
export function run(gpt: string, runs: number): void {
  for (const subject of subjects(gpt)) {
    const first = trace(subject);
    const warm = Array.from({ length: runs }, () => trace(subject));
    const met = median(warm) <= GOAL_MS ? 'met' : 'missed';
    console.log(
      `${subject.name.padEnd(14)}first ${first.toFixed(0).padStart(5)} ms   then ${median(warm).toFixed(0).padStart(4)} ms ` +
        `(${Math.min(...warm).toFixed(0)} to ${Math.max(...warm).toFixed(0)})   ≤ ${GOAL_MS} ms ${met}`,
    );
  }
  console.log(`memory of the process: at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB (goal 300)`);
}
