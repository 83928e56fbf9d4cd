/** Every operator that is read, by name. What an operator set changed stands with the operator. */
import type { Operator } from '../operatorCall';
import { activation } from './activation';
import { control } from './control';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { indexing } from './indexing';
import { linear } from './linear';
import { normalisation } from './normalisation';
import { recurrent } from './recurrent';
import { reduction } from './reduction';
import { resizing } from './resize';
import { structure } from './structure';

/** Operator sets that are understood, oldest and newest. */
export const operatorSets = { oldest: 7, newest: 26 } as const;

const operators: ReadonlyMap<string, Operator> = new Map(
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
    control,
  ].flatMap((family) => Object.entries(family)),
);

/** Operators of ONNX, and of ONNX Runtime's own set that mean the same. */
export const operatorNamed = (opType: string, domain: string): Operator | undefined =>
  ['', 'ai.onnx', 'com.microsoft'].includes(domain) ? operators.get(opType) : undefined;

export const operatorNames: readonly string[] = [...operators.keys()].sort();
