/**
 * Numbers v + aε + bδ + cεδ with ε² = δ² = 0, which carry exact first and second derivatives through a computation (Fike and Alonso 2011). They are what the tests differentiate with: none of the code under test is in them.
 */
export interface HyperDual {
  readonly v: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export const number = (v: number): HyperDual => ({ v, a: 0, b: 0, c: 0 });

export const add = (x: HyperDual, y: HyperDual): HyperDual => ({
  v: x.v + y.v,
  a: x.a + y.a,
  b: x.b + y.b,
  c: x.c + y.c,
});

export const multiply = (x: HyperDual, y: HyperDual): HyperDual => ({
  v: x.v * y.v,
  a: x.a * y.v + x.v * y.a,
  b: x.b * y.v + x.v * y.b,
  c: x.c * y.v + x.a * y.b + x.b * y.a + x.v * y.c,
});

/** f(x) from f, f′ and f″ at the value. */
const through = (x: HyperDual, f: number, first: number, second: number): HyperDual => ({
  v: f,
  a: first * x.a,
  b: first * x.b,
  c: first * x.c + second * x.a * x.b,
});

export const exponential = (x: HyperDual): HyperDual => {
  const e = Math.exp(x.v);
  return through(x, e, e, e);
};
export const logarithm = (x: HyperDual): HyperDual => through(x, Math.log(x.v), 1 / x.v, -1 / x.v ** 2);
export const tangent = (x: HyperDual): HyperDual => {
  const t = Math.tanh(x.v);
  return through(x, t, 1 - t * t, -2 * t * (1 - t * t));
};

export interface Derivatives {
  readonly value: number;
  readonly gradient: number[];
  readonly hessian: number[][];
}

/** Value, gradient and Hessian of each of several functions of the same numbers. */
export function derivatives(
  f: (at: readonly HyperDual[]) => readonly HyperDual[],
  at: readonly number[],
): Derivatives[] {
  const along = (i: number, j: number): readonly HyperDual[] =>
    f(at.map((v, k) => ({ v, a: k === i ? 1 : 0, b: k === j ? 1 : 0, c: 0 })));
  const results = along(-1, -1).map(({ v }) => ({
    value: v,
    gradient: at.map(() => 0),
    hessian: at.map(() => at.map(() => 0)),
  }));
  for (let i = 0; i < at.length; i++)
    for (let j = i; j < at.length; j++)
      along(i, j).forEach(({ a, c }, k) => {
        const { gradient, hessian } = results[k] as Derivatives;
        gradient[i] = a;
        (hessian[i] as number[])[j] = c;
        (hessian[j] as number[])[i] = c;
      });
  return results;
}
