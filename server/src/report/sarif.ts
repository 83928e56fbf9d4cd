/** Findings as SARIF 2.1.0 (OASIS), the format that code-scanning services read. */
import { pathToFileURL } from 'node:url';
import type { Finding, Severity } from '../diagnosis/finding';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

const location = ({
  file,
  line,
  column,
  endColumn,
}: Pick<Finding, 'file' | 'line' | 'column' | 'endColumn'>): unknown => ({
  physicalLocation: {
    artifactLocation: { uri: pathToFileURL(file).href },
    region: { startLine: line, startColumn: column, endColumn },
  },
});

export function toSarif(findings: readonly Finding[], version: string): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hessian-lens', version, rules: codes.map((id) => ({ id })) } },
        results: findings.map((finding) => ({
          ruleId: finding.code,
          level: LEVELS[finding.severity],
          message: { text: finding.message },
          locations: [location(finding)],
          relatedLocations: finding.related.map((related) => ({
            ...(location(related) as Record<string, unknown>),
            message: { text: related.message },
          })),
        })),
      },
    ],
  };
}
