/** Every operator that is read, by name. What an operator set changed stands with the operator. */
import type { Operator } from '../operatorCall';
import { activation } from './activation';
import { arranging } from './arranging';
import { attending } from './attention';
import { control } from './control';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { indexing } from './indexing';
import { knownValues } from './knownValues';
import { linear } from './linear';
import { losses } from './losses';
import { normalisation } from './normalisation';
import { quantisation } from './quantisation';
import { recurrent } from './recurrent';
import { reduction } from './reduction';
import { resizing } from './resize';
import { turning } from './rotary';
import { runtimeOperators } from './runtime/table';
import { sampling } from './sampling';
import { sequences } from './sequences';
import { signal } from './signal';
import { structure } from './structure';

/** Operator sets that are understood, oldest and newest. */
export const operatorSets = { oldest: 7, newest: 26 } as const;

/** By their names in ONNX's own set. */
export const onnxOperators: ReadonlyMap<string, Operator> = new Map(
  [
    elementwise,
    activation,
    linear,
    convolution,
    normalisation,
    reduction,
    structure,
    indexing,
    recurrent,
    resizing,
    arranging,
    sampling,
    attending,
    turning,
    losses,
    signal,
    knownValues,
    quantisation,
    sequences,
    control,
  ].flatMap((family) => Object.entries(family)),
);

/** Finds the rule of an operator. */
export type OperatorLookup = (opType: string, domain: string) => Operator | undefined;

/** Operators of ONNX, and some of ONNX Runtime's own set. */
export const operatorNamed: OperatorLookup = (opType, domain) => {
  if (domain === 'com.microsoft') return runtimeOperators.get(opType);
  return domain === '' || domain === 'ai.onnx' ? onnxOperators.get(opType) : undefined;
};

export const operatorNames: readonly string[] = [...onnxOperators.keys()].sort();

/** Names in ONNX Runtime's own set, com.microsoft. */
export const runtimeNames: readonly string[] = [...runtimeOperators.keys()].sort();
