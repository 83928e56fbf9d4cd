/** Findings as lines for people. */
import { relative, sep } from 'node:path';
import type { Finding, Location, Severity } from '../diagnosis/finding';
import type { Style } from './style';

/** From the current folder where the file is below it. */
export function shownPath(file: string, from: string): string {
  const path = relative(from, file);
  return path === '' || path.startsWith(`..${sep}`) || path === '..' ? file : path;
}

const coloured = (severity: Severity, style: Style): string =>
  severity === 'error'
    ? style.red(severity)
    : severity === 'warning'
      ? style.yellow(severity)
      : style.dim(severity === 'hint' ? 'hint' : 'information');

/** `file:line:column`; in a notebook `file cell 4:line:column`. */
const placeText = ({ file, cell, line, column }: Location, from: string): string =>
  `${shownPath(file, from)}${cell === undefined ? '' : ` cell ${cell}`}:${line}:${column}`;

/** `place: severity CODE: message`, and a line for each related place. Paths are shown from the folder `from`. */
export function findingLines(finding: Finding, from: string, style: Style): string[] {
  const { severity, code, message, related } = finding;
  const [first = '', ...more] = message.split('\n');
  return [
    `${style.bold(placeText(finding, from))}: ${coloured(severity, style)} ${code}: ${first}`,
    ...more.map((line) => `  ${line}`),
    ...related.map((other) => style.dim(`  ${placeText(other, from)}: ${other.message}`)),
  ];
}
