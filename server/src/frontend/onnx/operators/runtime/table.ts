/** Operators of ONNX Runtime's own set (com.microsoft), which its optimiser puts in place of several of ONNX's. Some share only their name with ONNX's. */
import type { Operator } from '../../operatorCall';
import { quantisation } from '../quantisation';
import { activation } from './activation';
import { attending } from './attention';
import { groupedQueries } from './groupedQueries';
import { normalisation } from './normalisation';
import { turning } from './rotary';

export const runtimeOperators: ReadonlyMap<string, Operator> = new Map(
  [activation, attending, groupedQueries, normalisation, turning, quantisation].flatMap((family) =>
    Object.entries(family),
  ),
);
