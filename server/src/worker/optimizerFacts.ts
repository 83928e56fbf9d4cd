/** The optimizer of the training script, as the stability rules need it. */
import type { FoundOptimizer } from '../curvature/analysis/stability';
import type { Location } from '../diagnosis/finding';
import type { CodeFacts } from '../diagnosis/rule';
import type { FactValue, OptimizerFact, TrainingFacts } from '../frontend/torch/trainingFacts';
import type { SourceSpan } from '../graph/node';
import { adaptiveSettings, flagOf, numberOf } from './adaptiveFacts';

export interface OptimizerInCode {
  readonly optimizer: FoundOptimizer;
  readonly learningRateAt: Location;
}

/** The first optimizer of the script that has the model's parameters; undefined if there is none. */
export function optimizerOf(facts: TrainingFacts | undefined): OptimizerInCode | undefined {
  const [fact] = facts?.optimizers ?? [];
  if (facts === undefined || fact === undefined) return undefined;
  const rates = groupRates(fact);
  // The group with the largest rate is the first to leave the stable region.
  const learningRate = rates.length > 1 ? Math.max(...rates) : (rates[0] ?? numberOf(fact, 'lr'));
  const adaptive = fact.kind === 'SGD' ? undefined : adaptiveSettings(fact);
  const span = fact.arguments['lr']?.span ?? fact.span;
  return {
    optimizer: {
      kind: fact.kind,
      learningRate,
      // An argument that is there but not known stays unknown; one that is not there is its default.
      momentum: fact.arguments['momentum'] === undefined ? 0 : numberOf(fact, 'momentum'),
      nesterov: flagOf(fact, 'nesterov'),
      dampening: numberOf(fact, 'dampening') ?? 0,
      weightDecay: numberOf(fact, 'weight_decay') ?? 0,
      batchSize: facts.batchSize === null ? null : facts.batchSize.value * (facts.accumulationSteps?.value ?? 1),
      description: describe(fact),
      ...(adaptive === undefined ? {} : typeof adaptive === 'string' ? { uncovered: adaptive } : { adaptive }),
    },
    learningRateAt: locationOf(span),
  };
}

/** The different learning rates of its parameter groups; none where one of them is not known or they set none. */
function groupRates(fact: OptimizerFact): readonly number[] {
  const common = numberOf(fact, 'lr');
  const rates = fact.groups.map((group) => ('lr' in group ? group['lr'] : common));
  const known = rates.filter((rate) => typeof rate === 'number');
  return fact.groups.some((group) => 'lr' in group) && known.length === rates.length ? [...new Set(known)] : [];
}

/** What the rules compare measured numbers with; `modelAt`: the model's definition. */
export function codeFacts(facts: TrainingFacts | undefined, modelAt: Location): CodeFacts {
  const found = optimizerOf(facts);
  return {
    optimizer: found?.optimizer ?? null,
    learningRateAt: found?.learningRateAt ?? null,
    schedules: facts?.schedules.map(({ kind }) => kind) ?? [],
    batchSizeAt: facts?.batchSize ? locationOf(facts.batchSize.span) : null,
    modelAt,
  };
}

const SHOWN = ['lr', 'momentum', 'dampening', 'nesterov', 'weight_decay', 'betas', 'eps'];

function describe(fact: OptimizerFact): string {
  const { kind, arguments: given, span } = fact;
  const rates = groupRates(fact);
  const text = (value: FactValue): string =>
    Array.isArray(value) ? `(${value.join(', ')})` : value === null ? '?' : String(value);
  const shown = SHOWN.flatMap((name) => {
    if (name === 'lr' && rates.length > 1) return [`lr=${Math.max(...rates)}, the largest of its groups`];
    const value = given[name]?.value;
    return value === undefined || value === 0 || value === false ? [] : [`${name}=${text(value)}`];
  });
  return `${kind}(${shown.join(', ')}) at ${span.file.split('/').at(-1) ?? span.file}:${span.line}`;
}

export const locationOf = ({ file, line, column, endLine, endColumn }: SourceSpan): Location => ({
  file,
  line,
  column,
  endColumn: endLine === line ? endColumn : column + 1,
});
