/** Terminal colours, or none: a pair of functions so that callers never test for a terminal. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    `\x1b[${open}m${text}\x1b[${close}m`;

export const ansiStyle: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39),
};

const same = (text: string): string => text;
export const plainStyle: Style = { bold: same, dim: same, red: same, yellow: same, cyan: same };

/** Colours where `stream` is a terminal, unless the environment asks for none (no-color.org). */
export const styleFor = (stream: NodeJS.WriteStream): Style =>
  stream.isTTY && !process.env['NO_COLOR'] ? ansiStyle : plainStyle;
