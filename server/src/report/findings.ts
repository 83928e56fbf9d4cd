/** Findings as lines for people. */
import { relative, sep } from 'node:path';
import type { Finding, Severity } from '../diagnosis/finding';
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

/** `file:line:column: severity CODE: message`, and a line for each related place. */
export function findingLines(finding: Finding, from: string, style: Style): string[] {
  const { file, line, column, severity, code, message, related } = finding;
  const place = `${shownPath(file, from)}:${line}:${column}`;
  return [
    `${style.bold(place)}: ${coloured(severity, style)} ${code}: ${message}`,
    ...related.map((other) =>
      style.dim(`  ${shownPath(other.file, from)}:${other.line}:${other.column}: ${other.message}`),
    ),
  ];
}
