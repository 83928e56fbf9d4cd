/** What the data set that a training script makes says of the model's inputs, whether or not its files are there. */
import { sampleShapeOf, trainingSet } from '../dataset/torchvision/sampleShape';
import type { InputSpec } from '../frontend/model';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';

/** Undefined where no data set is made, or its samples have no shape that the script determines. */
export function inputsOfScript(facts: TrainingFacts | null | undefined): readonly InputSpec[] | undefined {
  const set = trainingSet(facts?.datasets ?? []);
  const sample = set === undefined ? undefined : sampleShapeOf(set.value);
  return sample && [{ kind: 'shape', sample: sample.shape, dtype: sample.dtype }];
}

/**
 * The ways in which scripts hand a sample to a model: as it is, without axes of one (rows as a sequence), as a vector. Only
 * for models of one input.
 */
export function layoutsOf(specs: readonly InputSpec[]): readonly (readonly InputSpec[])[] {
  const [spec] = specs;
  if (specs.length !== 1 || spec?.kind !== 'shape') return [specs];
  const { sample } = spec;
  const squeezed = sample.filter((size) => size !== 1);
  const flat = [sample.reduce((product, size) => product * size, 1)];
  const shapes = [sample, squeezed, flat];
  const different = shapes.filter((shape, i) => shapes.findIndex((other) => other.join() === shape.join()) === i);
  return different.map((shape) => [{ ...spec, sample: shape }]);
}
