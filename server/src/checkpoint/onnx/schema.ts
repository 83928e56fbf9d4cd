/**
 * The part of the ONNX protocol buffers that is read or written. Field numbers are those of onnx.proto3 (ONNX IR version 10);
 * what is not listed is skipped.
 */
import protobuf from 'protobufjs/light.js';
import type { ElementType } from '../elementType';

const repeated = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });
const single = (type: string, id: number): protobuf.IField => ({ type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    Entry: { fields: { key: single('string', 1), value: single('string', 2) } },
    Dimension: { fields: { dimValue: single('int64', 1), dimParam: single('string', 2) } },
    TensorShape: { fields: { dim: repeated('Dimension', 1) } },
    TensorType: { fields: { elemType: single('int32', 1), shape: single('TensorShape', 2) } },
    Type: { fields: { tensorType: single('TensorType', 1) } },
    ValueInfo: {
      fields: { name: single('string', 1), type: single('Type', 2), metadataProps: repeated('Entry', 4) },
    },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: single('int32', 2),
        floatData: repeated('float', 4),
        int32Data: repeated('int32', 5),
        int64Data: repeated('int64', 7),
        name: single('string', 8),
        rawData: single('bytes', 9),
        doubleData: repeated('double', 10),
        uint64Data: repeated('uint64', 11),
        externalData: repeated('Entry', 13),
        dataLocation: single('int32', 14),
      },
    },
    Attribute: {
      fields: {
        name: single('string', 1),
        f: single('float', 2),
        i: single('int64', 3),
        s: single('bytes', 4),
        t: single('Tensor', 5),
        g: single('Graph', 6),
        floats: repeated('float', 7),
        ints: repeated('int64', 8),
        strings: repeated('bytes', 9),
        type: single('int32', 20),
        refAttrName: single('string', 21),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: single('string', 3),
        opType: single('string', 4),
        attribute: repeated('Attribute', 5),
        domain: single('string', 7),
        metadataProps: repeated('Entry', 9),
      },
    },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: single('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
        valueInfo: repeated('ValueInfo', 13),
      },
    },
    OperatorSet: { fields: { domain: single('string', 1), version: single('int64', 2) } },
    Function: {
      fields: {
        name: single('string', 1),
        input: repeated('string', 4),
        output: repeated('string', 5),
        node: repeated('Node', 7),
        opsetImport: repeated('OperatorSet', 9),
        domain: single('string', 10),
      },
    },
    Model: {
      fields: {
        irVersion: single('int64', 1),
        producerName: single('string', 2),
        graph: single('Graph', 7),
        opsetImport: repeated('OperatorSet', 8),
        functions: repeated('Function', 25),
      },
    },
  },
});

export const modelType = root.lookupType('Model');

/** Messages that are read one by one, by name. */
export const messageTypes = {
  Node: root.lookupType('Node'),
  Tensor: root.lookupType('Tensor'),
  ValueInfo: root.lookupType('ValueInfo'),
  OperatorSet: root.lookupType('OperatorSet'),
  Function: root.lookupType('Function'),
  Entry: root.lookupType('Entry'),
} as const;

export interface EntryMessage {
  readonly key: string;
  readonly value: string;
}

export interface TensorMessage {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly number[];
  readonly externalData: readonly EntryMessage[];
  /** 1: the data are in another file. */
  readonly dataLocation: number;
}

export interface ValueInfoMessage {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: number; readonly dimParam: string }[] } | null;
    } | null;
  } | null;
  readonly metadataProps: readonly EntryMessage[];
}

export interface AttributeMessage {
  readonly name: string;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly t: TensorMessage | null;
  readonly g: GraphMessage | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
  readonly type: number;
  /** In a function: the attribute of the call that gives the value. */
  readonly refAttrName: string;
}

export interface NodeMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly AttributeMessage[];
  readonly metadataProps: readonly EntryMessage[];
}

export interface GraphMessage {
  readonly node: readonly NodeMessage[];
  readonly initializer: readonly TensorMessage[];
  readonly input: readonly ValueInfoMessage[];
  readonly output: readonly ValueInfoMessage[];
}

export interface FunctionMessage {
  readonly name: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly node: readonly NodeMessage[];
  readonly opsetImport: readonly OperatorSetMessage[];
}

export interface OperatorSetMessage {
  readonly domain: string;
  readonly version: number;
}

interface Messages {
  Node: NodeMessage;
  Tensor: TensorMessage;
  ValueInfo: ValueInfoMessage;
  OperatorSet: OperatorSetMessage;
  Function: FunctionMessage;
  Entry: EntryMessage;
}

/** A message from its bytes, with every field there; throws for what is none. 64-bit integers beyond 2^53 round. */
export function decodeMessage<K extends keyof Messages>(kind: K, bytes: Uint8Array): Messages[K] {
  const type = messageTypes[kind];
  // `toObject` fills in every field of the schema above, which the interfaces spell out.
  return type.toObject(type.decode(bytes), { longs: Number, arrays: true, defaults: true }) as Messages[K];
}

/** TensorProto.DataType → our name; undefined: not read. */
export const elementTypeOf: Readonly<Record<number, ElementType | undefined>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8_e4m3fn',
  19: 'float8_e5m2',
};

/** For messages: what `elementTypeOf` has no row for. */
const unreadTypes: Readonly<Record<number, string>> = {
  8: 'string',
  18: 'float8_e4m3fnuz',
  20: 'float8_e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4_e2m1',
};

export const typeNameOf = (type: number): string => elementTypeOf[type] ?? unreadTypes[type] ?? `type ${type}`;
