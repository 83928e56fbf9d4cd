/** Published weights that the code starts from, where the library that published them has kept them on this machine. */
import type { CheckpointTensor } from '../checkpoint/checkpoint';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import { CheckpointError } from '../checkpoint/checkpointError';
import { isCounter } from '../checkpoint/stateDict';
import { matchWeights } from '../checkpoint/weights';
import type { PretrainedWeights, TracedModel } from '../frontend/model';
import { pretrainedNote } from '../frontend/pretrainedNote';
import type { DiskDataFiles } from '../project/diskDataFiles';
import { keptModelFile } from '../project/kerasModels';

export interface PublishedWeights {
  /** By the name of a parameter or buffer of the traced model. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Which were found, and which were not. */
  readonly notes: readonly string[];
}

/** Never throws for a file that does not fit or is damaged: a note says so, and the code's initial values stay. `files` stay open for later reads. */
export async function publishedWeights(traced: TracedModel, files: DiskDataFiles): Promise<PublishedWeights> {
  const tensors = new Map<string, CheckpointTensor>();
  const notes: string[] = [];
  for (const weights of traced.pretrained ?? []) {
    const path = weights.kept === undefined ? undefined : keptModelFile(weights.kept.file);
    if (path === undefined) {
      notes.push(pretrainedNote(weights));
      continue;
    }
    const fitting = await fittingTensors(weights, path, traced, files);
    if (typeof fitting === 'string') {
      notes.push(`${path}, which Keras keeps for ${weights.model}, was not used: ${fitting}; initial values are used`);
      continue;
    }
    for (const [name, tensor] of fitting) tensors.set(name, tensor);
    notes.push(pretrainedNote(weights, path));
  }
  return { tensors, notes };
}

/** Tensors of the file by the model's names; why there are none. */
async function fittingTensors(
  { kept }: PretrainedWeights,
  path: string,
  traced: TracedModel,
  files: DiskDataFiles,
): Promise<ReadonlyMap<string, CheckpointTensor> | string> {
  const variables = kept?.variables ?? [];
  if (variables.length === 0) return 'the model has none of its layers';
  const shapes = new Map(traced.stateKeys.map(({ storage, shape }) => [storage, shape]));
  const wanted = variables.map(({ own, storage, isTrained }) => ({
    name: own,
    shape: shapes.get(storage) ?? [],
    role: isTrained ? ('trained parameter' as const) : ('buffer' as const),
  }));
  try {
    const match = matchWeights(await openCheckpointAt(files, path, 'whole'), wanted);
    const missing = match.missing.filter((name) => !isCounter(name));
    const [misshaped] = match.misshaped;
    if (misshaped !== undefined)
      return `${misshaped.name} is [${misshaped.expected.join(', ')}] in the model, [${misshaped.found.join(', ')}] in the file`;
    if (missing.length > 0) return `${missing[0] ?? ''} and ${missing.length - 1} more are not in it`;
    return new Map(
      variables.flatMap(({ own, storage }): [string, CheckpointTensor][] => {
        const tensor = match.assignments.get(own);
        return tensor === undefined ? [] : [[storage, tensor]];
      }),
    );
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
}
