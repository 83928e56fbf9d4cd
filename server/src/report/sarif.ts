/** Findings as SARIF 2.1.0 (OASIS), the format that code-scanning services read. */
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { titleOfCode } from '../diagnosis/titles';
import type { Finding, Severity } from '../diagnosis/finding';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

type Place = Pick<Finding, 'file' | 'line' | 'column' | 'endColumn'>;

/** Paths below `root` are written from there, so that the report means the same files in another checkout. */
function artifact(file: string, root: string | undefined): unknown {
  const path = root === undefined ? '..' : relative(root, file);
  if (path.startsWith('..')) return { uri: pathToFileURL(file).href };
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' };
}

const location = ({ file, line, column, endColumn }: Place, root: string | undefined): Record<string, unknown> => ({
  physicalLocation: {
    artifactLocation: artifact(file, root),
    region: { startLine: line, startColumn: column, endColumn },
  },
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
