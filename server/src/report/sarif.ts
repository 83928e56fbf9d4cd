/** Findings as SARIF 2.1.0 (OASIS), the format that code-scanning services read. */
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { titleOfCode } from '../diagnosis/titles';
import type { Finding, Location, Severity } from '../diagnosis/finding';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

/** Paths below `root` are written from there, so that the report means the same files in another checkout. */
function artifact(file: string, root: string | undefined): unknown {
  const path = root === undefined ? '..' : relative(root, file);
  if (path.startsWith('..')) return { uri: pathToFileURL(file).href };
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' };
}

/** A line of a notebook's cell is no line of its file: the cell is a logical place in it. */
const location = (
  { file, cell, line, column, endColumn }: Location,
  root: string | undefined,
): Record<string, unknown> => ({
  physicalLocation: {
    artifactLocation: artifact(file, root),
    ...(cell === undefined ? { region: { startLine: line, startColumn: column, endColumn } } : {}),
  },
  ...(cell === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: `cell ${cell}, line ${line}` }] }),
});

/** `root`: the folder that paths are relative to; absent: they are absolute. */
export function toSarif(findings: readonly Finding[], version: string, root?: string): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hessian-lens',
            version,
            rules: codes.map((id) => ({ id, shortDescription: { text: titleOfCode(id) } })),
          },
        },
        ...(root === undefined ? {} : { originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(root).href}/` } } }),
        results: findings.map((finding) => ({
          ruleId: finding.code,
          level: LEVELS[finding.severity],
          message: { text: finding.message },
          locations: [location(finding, root)],
          relatedLocations: finding.related.map((related) => ({
            ...location(related, root),
            message: { text: related.message },
          })),
        })),
      },
    ],
  };
}
