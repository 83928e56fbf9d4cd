/**
 * Input shapes to try when nothing says what a model takes: read off the first layer that constrains them, then the
 * usual sizes of images, sequences and vectors.
 */
import type { Shape } from '../../graph/primitives';
import { PyInstance } from '../../python/values';
import { kerasCandidates } from '../keras/kerasInputs';
import { isKerasLayer } from '../keras/kerasNames';
import { namedModules } from './stateDict';

/** One sample of a positional input, without the batch axis. */
export interface InputCandidate {
  readonly sample: Shape;
  readonly dtype: 'float' | 'int';
  /** For token indices: how many there are. */
  readonly range: number | undefined;
}

const floats = (...sample: number[]): InputCandidate => ({ sample, dtype: 'float', range: undefined });

/** An integer attribute of a module. */
function sizeOf(module: PyInstance, name: string): number | undefined {
  const value = module.attributes.get(name);
  return typeof value === 'bigint' ? Number(value) : undefined;
}

/** What models call the longest sequence that they take. */
export const lengthNames =
  /^(block_size|max_len|max_length|max_seq_len|max_seq_length|seq_len|seq_length|sequence_length|context_length|context_size|context_window|n_ctx|n_positions|max_position_embeddings|ctx_len)$/;

/** The longest sequence a model says it takes, from its own attributes or those of its configuration. */
function statedLength(root: PyInstance): number | undefined {
  for (const { module } of namedModules(root, false))
    for (const owner of [module, ...module.attributes.values()]) {
      if (!(owner instanceof PyInstance)) continue;
      for (const [name, value] of owner.attributes)
        if (lengthNames.test(name) && typeof value === 'bigint' && value > 0n) return Number(value);
    }
  return undefined;
}

function tokens(root: PyInstance, count: number): InputCandidate[] {
  const stated = statedLength(root);
  const lengths = stated === undefined ? [32, 16, 8] : [Math.min(stated, 64), stated, 16, 8];
  return [...new Set(lengths)].map((length) => ({ sample: [length], dtype: 'int', range: count }));
}

const imageSides = [32, 28, 64, 224, 96, 128, 256, 16, 48, 84, 227, 299, 8, 20, 40, 512];

function images(channels: number): InputCandidate[] {
  const sides = channels === 1 ? [28, ...imageSides.filter((side) => side !== 28)] : imageSides;
  // Some code takes its images channels-last and permutes them.
  return [...sides.map((side) => floats(channels, side, side)), floats(32, 32, channels), floats(28, 28, channels)];
}

/** [channels, time], and [time, channels] of code that permutes. */
const signals = (channels: number): InputCandidate[] => [
  ...[128, 64, 256, 512, 1024, 2048, 16000].map((length) => floats(channels, length)),
  ...[32, 128].map((length) => floats(length, channels)),
];

/** [n], and the images and sequences that flatten to it. */
function vectors(size: number): InputCandidate[] {
  const found = [floats(size)];
  for (const channels of [1, 3]) {
    const side = Math.sqrt(size / channels);
    if (Number.isInteger(side) && side >= 8) found.push(floats(channels, side, side));
  }
  return [...found, floats(16, size)];
}

const sequences = (size: number): InputCandidate[] => [floats(16, size), floats(size)];

/** What the layer of a class (its base classes' names included) says of the input. */
function fromLayer(module: PyInstance, root: PyInstance): InputCandidate[] | undefined {
  const kinds = new Set(module.cls.resolutionOrder.map(({ name }) => name));
  const size = (name: string): number => sizeOf(module, name) ?? 1;
  if (kinds.has('Embedding') || kinds.has('EmbeddingBag')) return tokens(root, size('num_embeddings'));
  if (kinds.has('Conv2d') || kinds.has('ConvTranspose2d')) return images(size('in_channels'));
  if (kinds.has('Conv1d') || kinds.has('ConvTranspose1d')) return signals(size('in_channels'));
  if (kinds.has('Conv3d') || kinds.has('ConvTranspose3d'))
    return [16, 32, 8, 64].map((side) => floats(size('in_channels'), side, side, side));
  if (kinds.has('Linear')) return vectors(size('in_features'));
  if (kinds.has('Bilinear')) return [floats(size('in1_features'))];
  if (kinds.has('RNNBase')) return sequences(size('input_size'));
  if (kinds.has('RNNCellBase')) return [floats(size('input_size')), floats(16, size('input_size'))];
  if (kinds.has('MultiheadAttention')) return sequences(size('embed_dim'));
  if (kinds.has('BatchNorm2d')) return images(size('num_features'));
  if (kinds.has('BatchNorm1d')) return vectors(size('num_features'));
  return undefined;
}

const usual: readonly InputCandidate[] = [
  floats(3, 32, 32),
  floats(1, 28, 28),
  floats(3, 224, 224),
  floats(16),
  floats(2),
  floats(1),
];

/** Candidates in the order to try. */
export function inputCandidates(root: PyInstance): InputCandidate[] {
  if (isKerasLayer(root)) return kerasCandidates(root);
  for (const { module } of namedModules(root, false)) {
    const found = fromLayer(module, root);
    if (found !== undefined) return [...found, ...usual];
  }
  return [...usual];
}
