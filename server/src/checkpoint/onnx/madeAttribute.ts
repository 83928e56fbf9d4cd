/** Attributes of operators that no file has: what is not said of one is empty. */
import type { AttributeMessage } from './schema';

const empty: Omit<AttributeMessage, 'name'> = {
  f: 0,
  i: 0,
  s: new Uint8Array(0),
  t: null,
  g: null,
  floats: [],
  ints: [],
  strings: [],
  type: 0,
  refAttrName: '',
};

export const madeAttribute = (name: string, own: Partial<AttributeMessage>): AttributeMessage => ({
  ...empty,
  ...own,
  name,
});
