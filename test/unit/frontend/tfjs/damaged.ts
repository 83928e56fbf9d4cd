/** Every value of a file in turn replaced by what a damaged or hostile one may have there. */
export function* damaged(value: unknown, bad: unknown): Generator {
  yield bad;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    for (const changed of damaged(inner, bad))
      yield Array.isArray(value)
        ? value.map((each: unknown, i) => (String(i) === key ? changed : each))
        : { ...value, [key]: changed };
}
