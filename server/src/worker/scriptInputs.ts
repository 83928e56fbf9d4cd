/** What a training script says of the model's inputs: by its calls of the model, or by the data set that it makes. */
import { sampleShapeOf, trainingSet } from '../dataset/torchvision/sampleShape';
import { isUnknownExtent } from '../dataset/unknownExtent';
import type { InputSpec } from '../frontend/model';
import { graphDtype } from '../frontend/torch/tensor/dtype';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';

/** Undefined where the script determines no shape, whether or not its data are there. */
export function inputsOfScript(facts: TrainingFacts | null | undefined): readonly InputSpec[] | undefined {
  const given = facts?.inputs?.value;
  if (given !== undefined)
    return given.map(({ shape, dtype }) => ({ kind: 'shape', sample: shape, dtype: graphDtype(dtype) }));
  const fitted = fittedInputs(facts);
  if (fitted !== undefined) return fitted;
  const set = trainingSet(facts?.datasets ?? []);
  const sample = set === undefined ? undefined : sampleShapeOf(set.value);
  return sample && [{ kind: 'shape', sample: sample.shape, dtype: sample.dtype }];
}

/** The inputs among the arrays that Keras's `fit` is given. */
function fittedInputs(facts: TrainingFacts | null | undefined): readonly InputSpec[] | undefined {
  const value = facts?.fitted?.value;
  if (value === undefined || 'unfollowed' in value) return undefined;
  const { program, names } = value;
  const nodes = program.outputs.flatMap((position, i) => {
    const node = program.nodes[position];
    return node !== undefined && names[i]?.startsWith('x') === true ? [node] : [];
  });
  if (nodes.length === 0 || nodes.some(({ shape }) => shape.slice(1).some(isUnknownExtent))) return undefined;
  return nodes.map(({ shape, dtype }) => ({ kind: 'shape', sample: shape.slice(1), dtype }));
}

/**
 * The ways in which scripts hand a sample to a model: as it is, without axes of one (rows as a sequence), as a vector; of
 * several tensors the first ones, because the last may be the target.
 */
export function layoutsOf(specs: readonly InputSpec[]): readonly (readonly InputSpec[])[] {
  const [spec] = specs;
  if (specs.length > 1) return specs.map((_, i) => specs.slice(0, i + 1));
  if (spec?.kind !== 'shape') return [specs];
  const { sample } = spec;
  const squeezed = sample.filter((size) => size !== 1);
  const flat = [sample.reduce((product, size) => product * size, 1)];
  const shapes = [sample, squeezed, flat];
  const different = shapes.filter((shape, i) => shapes.findIndex((other) => other.join() === shape.join()) === i);
  return different.map((shape) => [{ ...spec, sample: shape }]);
}
