/** Values of parameter tensors, added up. */
import type { ParameterBlock, ParameterGroup } from '../problem';

/** Sums over tensors, per sample. `n`: samples. */
export const totalsOf = (squares: readonly Float64Array[], n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => squares.reduce((sum, own) => sum + (own[i] as number), 0));

/** Sums over the tensors of each layer, per sample. */
export const layerSums = (
  squares: readonly Float64Array[],
  parameters: readonly ParameterBlock[],
  layers: readonly ParameterGroup[],
): Float64Array[] =>
  layers.map(({ name }) =>
    totalsOf(
      squares.filter((_, t) => parameters[t]?.layer === name),
      squares[0]?.length ?? 0,
    ),
  );
