/** Signatures of native functions, written as Python text. */
import { parseParameters } from './parseExpressions';
import { SourceFile } from './source';
import type { Expression } from './syntax';
import { TokenStream } from './tokens';
import { PyList, PyTuple } from './values';
import type { NativeParameter, PyValue } from './values';

/** Parses `name(a, b=None, *, c=1.0)`. Defaults are literals. A malformed signature is an error of this program. */
export function parseSignature(signature: string): NativeParameter[] {
  const tokens = new TokenStream(new SourceFile('<signature>', signature), signature.indexOf('('), true);
  tokens.expect('(');
  const parameters = parseParameters(tokens, ')', true);
  tokens.expect(')');
  return parameters.map(({ name, kind, default: fallback }) => ({
    name,
    kind,
    default: fallback === undefined ? undefined : literalValue(fallback, signature),
  }));
}

/** The value of a literal expression: constants, signed numbers, tuples and lists of them. */
export function literalValue(node: Expression, where: string): PyValue {
  switch (node.kind) {
    case 'Constant':
      return node.value;
    case 'Tuple':
      return new PyTuple(node.elements.map((element) => literalValue(element, where)));
    case 'List':
      return new PyList(node.elements.map((element) => literalValue(element, where)));
    case 'Unary': {
      const operand = literalValue(node.operand, where);
      if (node.operator === '-' && (typeof operand === 'bigint' || typeof operand === 'number')) return -operand;
      break;
    }
    default:
  }
  throw new TypeError(`a default in '${where}' is not a literal`);
}
