/** Checkpoints that PyTorch writes here and now, in the ways people save models, against what PyTorch says is in them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint, CheckpointTensor } from '../../server/src/checkpoint/checkpoint';
import { openCheckpointAt } from '../../server/src/checkpoint/checkpointFiles';
import { matchWeights, type WantedState } from '../../server/src/checkpoint/weights';
import { DiskDataFiles } from '../../server/src/project/diskDataFiles';
import { findTorchPython, runProgram } from './python';

type Wanted = WantedState & { readonly values: readonly number[] };

interface Written {
  readonly models: readonly string[];
  readonly averages: readonly string[];
  readonly model: readonly Wanted[];
  readonly average: readonly Wanted[];
  readonly optimizers: Readonly<Record<string, readonly Readonly<Record<string, readonly number[]>>[]>>;
}

const python = findTorchPython();

describe.skipIf(python === undefined)('checkpoints of PyTorch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  const files = new DiskDataFiles();
  let written: Written;

  beforeAll(async () => {
    const script = fileURLToPath(new URL('checkpoints.py', import.meta.url));
    written = JSON.parse(await runProgram(python ?? '', [script, folder])) as Written;
  }, 120_000);
  afterAll(async () => {
    await files.close();
    rmSync(folder, { recursive: true });
  });

  const open = (name: string): Promise<Checkpoint> => openCheckpointAt(files, join(folder, name));

  async function expectWeights(
    checkpoint: Checkpoint,
    wanted: readonly Wanted[],
    weights?: string,
    digits = 12,
  ): Promise<void> {
    const { assignments, missing, misshaped } = matchWeights(checkpoint, wanted, weights);
    expect({ missing, misshaped }).toEqual({ missing: [], misshaped: [] });
    for (const { name, values } of wanted) {
      const data = numbers(await assignments.get(name)?.read());
      expect(data, name).toHaveLength(values.length);
      data.forEach((value, i) => expect(value, name).toBeCloseTo(values[i] ?? NaN, digits));
    }
  }

  it('hold the model, however it was saved', async () => {
    expect(written.models.length).toBeGreaterThan(10);
    for (const name of written.models) {
      const checkpoint = await open(name);
      expect(
        checkpoint.warnings.filter(({ code }) => code === 'HL404'),
        name,
      ).toEqual([]);
      await expectWeights(checkpoint, written.model);
    }
  });

  it('in shards and in a folder are one', async () => {
    const checkpoint = await open('shards');
    await expectWeights(checkpoint, written.model);
    expect(checkpoint.metadata).toMatchObject({ 'config.json': { architectures: ['Net'], model_type: 'net' } });
  });

  it('say where training stood and what it was given', async () => {
    const lightning = await open('lightning.ckpt');
    expect(lightning.progress).toEqual({ epoch: 3, step: 40 });
    expect(lightning.metadata).toMatchObject({ hyper_parameters: { width: 2 } });
    expect(lightning.optimizers).toMatchObject([{ path: 'optimizer_states.0', groups: [{ lr: 0.1 }] }]);
    expect((await open('mp_rank_00_model_states.pt')).progress).toEqual({ step: 77 });
  });

  it('give the weights by default and their average when it is asked for', async () => {
    for (const name of written.averages) {
      const checkpoint = await open(name);
      const digits = name === 'half_module.pt' ? 2 : 12;
      await expectWeights(checkpoint, written.model);
      await expectWeights(checkpoint, written.average, 'ema', digits);
    }
  });

  it('hold the state of every optimizer, in the order of the parameters', async () => {
    for (const [name, states] of Object.entries(written.optimizers)) {
      const {
        optimizers: [optimizer],
      } = await open(`${name}.pt`);
      expect(optimizer?.parameters, name).toHaveLength(states.length);
      for (const [index, state] of states.entries()) {
        const found = optimizer?.parameters[index];
        const tensors: ReadonlyMap<string, CheckpointTensor> = found?.tensors ?? new Map<string, CheckpointTensor>();
        const plain: ReadonlyMap<string, number> = found?.numbers ?? new Map<string, number>();
        expect([...tensors.keys(), ...plain.keys()].sort(), name).toEqual(Object.keys(state).sort());
        for (const [key, values] of Object.entries(state)) {
          const tensor = tensors.get(key);
          const actual = tensor === undefined ? [plain.get(key)] : numbers(await tensor.read());
          expect(actual, `${name} ${key}`).toEqual(values);
        }
      }
    }
  });
});

const numbers = (data: ArrayLike<number | bigint> | undefined): number[] => Array.from(data ?? [], Number);
