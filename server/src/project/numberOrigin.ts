/** Where the number behind a name stands in a text: the one plain assignment, or the default of a command-line option. */

const NUMBER = String.raw`[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;

export const isNumber = (text: string): boolean => new RegExp(`^${NUMBER}$`).test(text);

export interface NumberOrigin {
  /** What defines it, for people: `learning_rate`, `the default of --lr`. */
  readonly name: string;
  /** The digits, as offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** For `learning_rate`, `args.lr` and the like; undefined where several places or none could be meant. */
export function numberOrigin(text: string, expression: string): NumberOrigin | undefined {
  const name = /^(?:\w+\.)?([A-Za-z_]\w*)$/.exec(expression)?.[1];
  if (name === undefined) return undefined;
  const option = name.replaceAll('_', '[-_]');
  const isOption = expression.includes('.');
  const before = isOption
    ? String.raw`add_argument\(\s*(?:["']-\w["']\s*,\s*)?["']--${option}["'][^()]*?\bdefault\s*=\s*`
    : String.raw`^[ \t]*(?:(?:export[ \t]+)?(?:const|let|var)[ \t]+)?${name}[ \t]*(?::[ \t]*(?:float|int|number)[ \t]*)?=[ \t]*`;
  const pattern = new RegExp(String.raw`(${before})(${NUMBER})(?=[ \t]*(?:[,;)#\r\n]|//|$))`, 'gm');
  const [only, ...others] = text.matchAll(pattern);
  const [, lead = '', number = ''] = only ?? [];
  if (only === undefined || others.length > 0) return undefined;
  const start = only.index + lead.length;
  return {
    name: isOption ? `the default of --${name.replaceAll('_', '-')}` : name,
    start,
    end: start + number.length,
    value: Number(number.replaceAll('_', '')),
  };
}
