/** Other choices of a training loop: mixed precision, averages of the weights. Found in the text of the script and what it imports. */
import type { SourceSpan } from '../../../graph/node';
import type { Expression, ExpressionOf } from '../../../python/syntax';
import { argumentOf, walk } from '../syntaxSearch';
import type { Fact, WeightAverage } from './facts';
import { plain, type ScriptReader } from './scriptReader';

interface NamedCall {
  readonly name: string;
  readonly call: ExpressionOf<'Call'>;
  readonly span: SourceSpan;
}

const lastName = (callee: Expression): string | undefined =>
  callee.kind === 'Name' || callee.kind === 'Attribute' ? callee.name : undefined;

function* callsNamed(reader: ScriptReader, pattern: RegExp): Generator<NamedCall> {
  for (const { tree } of reader.ownModules())
    for (const part of walk(tree.body)) {
      const name = part.kind === 'Call' ? lastName(part.callee) : undefined;
      if (part.kind === 'Call' && name !== undefined && pattern.test(name))
        yield { name, call: part, span: tree.source.span(part) };
    }
}

/** Batches whose gradients make up one step, where Keras's optimizer is made with their number. */
export function accumulationFact(reader: ScriptReader): Fact<number> | null {
  const keyword = 'gradient_accumulation_steps';
  for (const call of reader.calls('accumulation')) {
    const steps = plain(call.args.get(keyword));
    if (typeof steps === 'number') return { value: steps, ...reader.argument(call, keyword) };
  }
  return null;
}

/** `autocast` or `GradScaler`; uncertain where an option switches it on. */
export function mixedPrecisionFact(reader: ScriptReader): Fact<string> | null {
  for (const { name, call, span } of callsNamed(reader, /^(autocast|GradScaler)$/)) {
    const enabled = argumentOf(call, 'enabled', undefined)?.value;
    if (enabled?.kind === 'Constant' && enabled.value === false) continue;
    return { value: name, span, certain: enabled === undefined || enabled.kind === 'Constant' };
  }
  return null;
}

const averages = /^(AveragedModel|ModelEma(V2|V3)?|ExponentialMovingAverage|EMA)$/;

/** A running average of the weights: of Keras's optimizers, of PyTorch, of timm, or `average.mul_(decay).add_(weight, alpha=1 - decay)`. */
export function weightAverageFact(reader: ScriptReader): Fact<WeightAverage> | null {
  for (const call of reader.calls('weight_average')) {
    const decay = plain(call.args.get('decay'));
    const value = { kind: 'use_ema', decay: typeof decay === 'number' ? decay : null };
    return { value, ...reader.argument(call, 'use_ema') };
  }
  for (const { name, call, span } of callsNamed(reader, averages)) {
    const decay = argumentOf(call, 'decay', 1)?.value ?? argumentOf(call, 'beta', 1)?.value;
    return { value: { kind: name, decay: numberIn(decay) }, span, certain: true };
  }
  for (const { call, span } of callsNamed(reader, /^(add_|lerp_)$/)) {
    const before = call.callee.kind === 'Attribute' ? call.callee.object : undefined;
    const isDecayed = before?.kind === 'Call' && lastName(before.callee) === 'mul_';
    if (isDecayed && argumentOf(call, 'alpha', undefined)?.value.kind === 'Binary')
      return { value: { kind: 'by hand', decay: numberIn(before.args[0]?.value) }, span, certain: false };
  }
  return null;
}

const numberIn = (expression: Expression | undefined): number | null =>
  expression?.kind === 'Constant' && typeof expression.value === 'number' ? expression.value : null;
