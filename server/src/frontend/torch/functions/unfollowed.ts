/** Functions of torch that exist but have no counterpart in the graph: calling one ends the trace with its name. */
import type { FunctionRow } from './call';
import { row } from './call';

const reasons: Readonly<Record<string, readonly string[]>> = {
  'is a decomposition of a matrix, which is not followed': [
    'cholesky',
    'cholesky_inverse',
    'cholesky_solve',
    'det',
    'eig',
    'geqrf',
    'inverse',
    'logdet',
    'lstsq',
    'lu',
    'lu_solve',
    'matrix_exp',
    'pinverse',
    'qr',
    'slogdet',
    'solve',
    'svd',
    'triangular_solve',
  ],
  'needs complex numbers, which are not followed': ['istft', 'stft'],
  'is not followed': [
    'as_strided',
    'histc',
    'igamma',
    'igammac',
    'index_reduce',
    'mode',
    'mvlgamma',
    'polygamma',
    'put_',
    'unique_consecutive',
  ],
};

/** Functions and methods. */
export const unfollowedRows: readonly FunctionRow[] = Object.entries(reasons).flatMap(([reason, names]) =>
  names.map((name) => row(`${name}(input, *args, **kwargs)`, (call) => call.unsupported(reason))),
);
