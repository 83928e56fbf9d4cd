/** What is found with no setting at all: for each repository of a list with training scripts, the facts of each script. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { InputSpec, TracedModel } from '../../server/src/frontend/model';
import { readTrainingFacts, type TrainingFacts } from '../../server/src/frontend/torch/trainingFacts';
import { traceModel } from '../../server/src/frontend/torch/traceModel';
import { diskSources } from '../../server/src/project/diskSources';
import { findTrainingScript } from '../../server/src/project/trainingScript';
import { inputsOfScript, layoutsOf } from '../../server/src/worker/scriptInputs';
import type { Entry } from './list';
import { checkoutOf } from './prepare';
import { share, table, type Row } from './table';

interface Found {
  readonly repo: string;
  readonly script: string;
  readonly facts: TrainingFacts;
  readonly model: TracedModel | undefined;
}

export function printTraining(entries: readonly Entry[], folder: string): void {
  const found = entries.filter(({ framework }) => framework === 'pytorch').flatMap((entry) => scriptOf(entry, folder));
  const rows = new Map(found.map((each) => [`${each.repo} ${each.script}`, rowOf(each)]));
  console.log(
    `\nWithout any setting (a training script for each entry that has one; "?" not found, "~" not certain):\n`,
  );
  console.log(
    table(
      ['repository', 'script', 'model', 'optimizer', 'learning rate', 'batch', 'loss', 'input'],
      [...rows.values()],
    ),
  );
  const complete = new Map<string, boolean>();
  for (const each of found) complete.set(each.repo, (complete.get(each.repo) ?? false) || isComplete(each));
  console.log(
    `\nrepositories with everything found: ${share([...complete.values()].filter(Boolean).length, complete.size)}`,
  );
}

function scriptOf(entry: Entry, folder: string): Found[] {
  const root = checkoutOf(folder, entry);
  const file = join(root, entry.path);
  const script = existsSync(file) ? findTrainingScript(file, root) : undefined;
  if (script === undefined) return [];
  const sources = diskSources({ root });
  const facts = readTrainingFacts({ file: script, sources });
  const made = facts.model?.value;
  const layouts = layoutsOf(inputsOfScript(facts) ?? []);
  const model = made && firstTraced({ file: made.file, sources, model: made.call ?? made.name }, layouts);
  return [{ repo: entry.repo, script: relative(root, script), facts, model }];
}

/** With the inputs that the script gives it, in the first layout that it takes; else with usual ones. */
function firstTraced(
  request: Parameters<typeof traceModel>[0],
  layouts: readonly (readonly InputSpec[])[],
): TracedModel {
  for (const inputs of layouts) {
    const traced = inputs.length === 0 ? undefined : traceModel({ ...request, inputs });
    if (traced?.stopped === null) return traced;
  }
  return traceModel(request);
}

const isComplete = ({ facts, model }: Found): boolean =>
  facts.optimizers.length > 0 &&
  typeof facts.optimizers[0]?.arguments['lr']?.value === 'number' &&
  facts.batchSize !== null &&
  (facts.loss !== null || model?.loss !== undefined) &&
  model?.stopped === null;

function rowOf({ repo, script, facts, model }: Found): Row {
  const sure = (fact: { readonly certain: boolean } | null | undefined): string => (fact?.certain === false ? '~' : '');
  const { model: made, batchSize, loss, optimizers } = facts;
  const [optimizer] = optimizers;
  const rate = optimizer?.arguments['lr'];
  return [
    repo,
    script,
    made === null ? '?' : `${sure(made)}${(made.value.call ?? `${made.value.name}(?)`).slice(0, 60)}`,
    optimizer === undefined ? '?' : `${sure(optimizer)}${optimizer.kind}`,
    rate?.value === null || rate === undefined ? '?' : `${sure(rate)}${String(rate.value)}`,
    batchSize === null ? '?' : `${sure(batchSize)}${batchSize.value}`,
    lossCell(loss, model),
    inputCell(model),
  ];
}

/** What the script calls, else what the model itself returns. */
function lossCell(loss: TrainingFacts['loss'], model: TracedModel | undefined): string {
  if (loss !== null) return `${loss.certain ? '' : '~'}${loss.value.slice(0, 50)}`;
  return model?.loss?.description ?? '?';
}

function inputCell(model: TracedModel | undefined): string {
  if (model === undefined) return '?';
  if (model.stopped !== null) return `? ${model.stopped.reason.slice(0, 60)}`;
  return model.inputs.map(({ shape, torchDtype }) => `${shape.slice(1).join('x')} ${torchDtype}`).join(', ');
}
