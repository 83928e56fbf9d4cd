/** Names of the runtime in translated code. They cannot stand in JavaScript, so that they hide nothing. */
export const runtimeModule = '_javascript';

/** What translated code calls, and the globals of JavaScript that it may name. */
export const helpers = [
  'get',
  'maybe',
  'set',
  'item',
  'set_item',
  'call_require',
  'unread',
  'add',
  'divide',
  'modulo',
  'same',
  'truthy',
  'both',
  'either',
  'given',
  'type_of',
  'text',
  'iterate',
  'keys_of',
  'thrown',
  'default',
  'object_of',
  'fields',
  'rest_of',
  'undefined',
] as const;
export type Helper = (typeof helpers)[number];

export const helperName = (helper: Helper): string => `·${helper}`;

export const globalNames = [
  'Array',
  'Boolean',
  'Error',
  'Float32Array',
  'Int32Array',
  'JSON',
  'Math',
  'Number',
  'Object',
  'Promise',
  'RangeError',
  'String',
  'TypeError',
  'Uint8Array',
  'console',
  'document',
  'globalThis',
  'isNaN',
  'navigator',
  'parseFloat',
  'parseInt',
  'performance',
  'process',
  'setTimeout',
  'window',
] as const;
