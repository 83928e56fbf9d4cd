/** Operators that act on each element, broadcasting their operands. */
import type { Node } from '../../../graph/node';
import * as operations from '../../../graph/operations';
import { binary, unary, type Operator } from '../../onnx/operatorCall';
import { alignChannels } from './channels';
import { onnx } from './translated';

/** The same under ONNX's name. */
const as =
  (opType: string): Operator =>
  (call) =>
    onnx(call, opType, call.inputs());

const { add, mul, sub, div, full, select } = operations;
const square = (x: Node): Node => mul(x, x);
const floorDivided = (a: Node, b: Node): Node => operations.floor(div(a, b));

/** Types by the names of protocol buffers, or by their numbers there. */
const dtypes: Readonly<Record<string, Node['dtype']>> = {
  DT_FLOAT: 'float',
  1: 'float',
  DT_HALF: 'float',
  19: 'float',
  DT_INT32: 'int',
  3: 'int',
  DT_INT64: 'int',
  9: 'int',
  DT_UINT8: 'int',
  4: 'int',
  DT_BOOL: 'bool',
  10: 'bool',
};
const onnxTypes: Readonly<Record<Node['dtype'], number>> = { float: 1, int: 7, bool: 9 };

const cast: Operator = (call) => {
  const type = call.text('DstT', '');
  const dtype = dtypes[type] ?? call.fail(`the type ${type} is not read`);
  return onnx(call, 'Cast', [call.input(0)], { to: onnxTypes[dtype] });
};

const clip: Operator = (call) => operations.min(operations.max(call.input(0), call.input(1)), call.input(2));

/** A condition with one entry for each row chooses whole rows; later versions broadcast. */
const choose: Operator = (call) => {
  const [condition, a, b] = [call.input(0), call.input(1), call.input(2)];
  const rows = condition.shape.length === 1 && a.shape.length > 1 && call.node.opType === 'Select';
  const aligned = rows
    ? operations.reshape(condition, [...condition.shape, ...a.shape.slice(1).map(() => 1)])
    : condition;
  return select(aligned, a, b);
};

export const elementwise: Readonly<Record<string, Operator>> = {
  Abs: unary(operations.abs),
  Acos: unary(operations.acos),
  Asin: unary(operations.asin),
  Atan: unary(operations.atan),
  Ceil: unary(operations.ceil),
  Cos: unary(operations.cos),
  Cosh: unary(operations.cosh),
  Erf: unary(operations.erf),
  Exp: unary(operations.exp),
  Expm1: unary(operations.expm1),
  Floor: unary(operations.floor),
  Identity: unary((x) => x),
  Inv: as('Reciprocal'),
  Log: unary(operations.log),
  Log1p: unary(operations.log1p),
  LogicalNot: unary(operations.not),
  Neg: as('Neg'),
  Reciprocal: as('Reciprocal'),
  Round: unary(operations.round),
  Rsqrt: unary((x) => div(full(1), operations.sqrt(x))),
  Sign: as('Sign'),
  Sin: unary(operations.sin),
  Sinh: unary(operations.sinh),
  Sqrt: unary(operations.sqrt),
  Square: unary(square),
  StopGradient: unary(operations.stopGradient),
  Tan: unary(operations.tan),
  Snapshot: unary((x) => x),
  Add: binary(add),
  AddV2: binary(add),
  AddN: as('Sum'),
  Atan2: binary(operations.atan2),
  BiasAdd: (call) => add(call.input(0), alignChannels(call, call.input(0), call.input(1))),
  Div: as('Div'),
  DivNoNan: binary((a, b) =>
    select(operations.eq(b, full(0)), operations.broadcastTo(full(0), div(a, b).shape), div(a, b)),
  ),
  Equal: as('Equal'),
  FloorDiv: binary(floorDivided),
  FloorMod: binary(operations.remainder),
  Greater: binary(operations.gt),
  GreaterEqual: binary(operations.ge),
  Less: binary(operations.lt),
  LessEqual: binary(operations.le),
  LogicalAnd: binary(operations.and),
  LogicalOr: binary(operations.or),
  Maximum: binary(operations.max),
  Minimum: binary(operations.min),
  Mul: binary(mul),
  NotEqual: binary((a, b) => operations.not(operations.eq(a, b))),
  Pow: as('Pow'),
  RealDiv: as('Div'),
  SquaredDifference: binary((a, b) => square(sub(a, b))),
  Sub: binary(sub),
  Cast: cast,
  ClipByValue: clip,
  Select: choose,
  SelectV2: choose,
};
