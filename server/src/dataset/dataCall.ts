/** Data sets and transforms as a training script makes them, as plain data: what the front end hands on. */

/** A call of a library's class, or of something that is not followed (`origin: 'own'`: the code's own). */
export interface DataCall {
  /** Class or function name: `CIFAR10`, `Resize`, `tensor.view`, `lambda`. */
  readonly name: string;
  readonly origin: 'library' | 'own';
  readonly positional: readonly DataValue[];
  readonly named: Readonly<Record<string, DataValue>>;
}

/** An argument; undefined where the script does not determine it. */
export type DataValue = undefined | null | boolean | number | string | readonly DataValue[] | DataCall;

export const isDataCall = (value: DataValue): value is DataCall =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isDataList = (value: DataValue): value is readonly DataValue[] => Array.isArray(value);

/** Arguments by name, after binding positions to `parameters`. */
export function bind(call: DataCall, parameters: readonly string[]): Readonly<Record<string, DataValue>> {
  return {
    ...Object.fromEntries(call.positional.map((value, i) => [parameters[i] ?? String(i), value])),
    ...call.named,
  };
}
