/** Every operator of TensorFlow that is read from graph models, by name. */
import type { Operator } from '../../onnx/operatorCall';
import { activation } from './activation';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { linear } from './linear';
import { normalisation } from './normalisation';
import { reduction } from './reduction';
import { structure } from './structure';

/** The domain of its operators in a graph. */
export const TENSORFLOW = 'tensorflow';

const operators: ReadonlyMap<string, Operator> = new Map(
  [elementwise, activation, linear, convolution, normalisation, reduction, structure].flatMap((family) =>
    Object.entries(family),
  ),
);

export const tensorflowOperator = (opType: string): Operator | undefined => operators.get(opType);

export const tensorflowOperatorNames: readonly string[] = [...operators.keys()].sort();
