/** Static findings for files and folders: what an editor underlines, for continuous integration. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SEVERITY_RANK, type Finding, type Severity } from '../diagnosis/finding';
import { isJavaScript, usesTensorFlowJs } from '../javascript/isJavaScript';
import { isCheckpointName } from '../project/checkpointNames';
import { findFiles } from '../project/findFiles';
import type { ModelReading } from '../protocol/reading';
import { checkCheckpoint, checkSource } from '../reading/checkFile';
import { DiskWorlds } from '../reading/diskWorld';
import { findingLines, shownPath } from '../report/findings';
import { toSarif } from '../report/sarif';
import { plainStyle, styleFor, type Style } from '../report/style';
import { count, sitePackagesOption, oneOf, text, UsageError, type CommandHelp, type ParsedOptions } from './arguments';
import { ProgressBar } from './progressBar';
import { version } from './version';
import { writeReport } from './writeReport';

const SECONDS_PER_FILE = 10;

export const checkHelp: CommandHelp = {
  name: 'check',
  positionals: 'PATH… [options]',
  summary:
    'Static findings for files and folders: shapes that do not fit, checkpoints that are damaged,\n' +
    'dangerous or of another model. Nothing is computed and nothing is run.\n' +
    'Places in notebooks are written as FILE cell N:LINE:COLUMN; every cell counts, the line is the one in the cell.',
  options: [
    sitePackagesOption,
    { name: 'format', value: 'F', help: 'text, json or sarif; default text' },
    { name: 'fail-on', value: 'LEVEL', help: 'Exit 1 from this severity on: error, warning or never; default error' },
    {
      name: 'show',
      value: 'LEVEL',
      help: 'Least severity shown as text: error, warning, information or hint; default warning',
    },
    { name: 'stats', help: 'Read every tensor of checkpoints for NaN, infinities and denormals' },
    {
      name: 'time-per-file',
      value: 'SECONDS',
      help: `Longest time for one source file; what is not read by then is told as information; default ${SECONDS_PER_FILE}`,
    },
    { name: 'out', value: 'FILE', help: 'Write the report there' },
  ],
};

/** More than any repository holds; an editor's search is shorter. */
const MOST_ENTRIES = 1_000_000;
const isSourceName = (path: string): boolean => /\.(py|ipynb)$/i.test(path) || isJavaScript(path);

/** Of JavaScript and TypeScript what uses TensorFlow.js, as in the editor. */
const usesTensorFlow = (path: string): boolean =>
  statSync(path).size <= LARGEST_SCRIPT && usesTensorFlowJs(readFileSync(path, 'utf8'));
const LARGEST_SCRIPT = 4 * 2 ** 20;

const isChecked = (path: string): boolean =>
  isJavaScript(path) ? usesTensorFlow(path) : isSourceName(path) || isCheckpointName(path);

/** What was found in all files. */
interface Checked {
  readonly sources: number;
  readonly checkpoints: number;
  readonly models: readonly ModelReading[];
  readonly findings: readonly Finding[];
  /** Files that could not be read at all. */
  readonly failures: readonly { readonly file: string; readonly reason: string }[];
}

/** Runs `check`; returns the exit code. */
export async function checkCommand(options: ParsedOptions, positionals: readonly string[]): Promise<number> {
  if (positionals.length === 0) throw new UsageError('check takes files or folders: hessian-lens check PATH…');
  const format = oneOf(options, 'format', ['text', 'json', 'sarif'], 'text');
  const failOn = oneOf(options, 'fail-on', ['error', 'warning', 'never'], 'error');
  const shown = oneOf<Severity>(options, 'show', ['error', 'warning', 'information', 'hint'], 'warning');
  const out = text(options, 'out');
  const limits = {
    deeply: options['stats'] === true,
    secondsPerFile: count(options, 'time-per-file', 1) ?? SECONDS_PER_FILE,
  };
  const checked = await checkAll(await filesOf(positionals), limits);
  const report = {
    text: () => renderText(checked, shown, out === undefined ? styleFor(process.stdout) : plainStyle),
    json: () => `${JSON.stringify(toJson(checked), null, 2)}\n`,
    sarif: () => `${JSON.stringify(toSarif(checked.findings, version, process.cwd()), null, 2)}\n`,
  }[format]();
  if (out === undefined) process.stdout.write(report);
  else writeReport(out, report);
  const fails =
    failOn !== 'never' && checked.findings.some(({ severity }) => SEVERITY_RANK[severity] >= SEVERITY_RANK[failOn]);
  return checked.failures.length > 0 ? 2 : fails ? 1 : 0;
}

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const path of paths.map((each) => resolve(each))) {
    if (!existsSync(path)) throw new UsageError(`there is no such file or folder: ${path}`);
    if (!statSync(path).isDirectory()) files.add(path);
    else for (const file of (await findFiles([path], isChecked, MOST_ENTRIES)).sort()) files.add(file);
  }
  return [...files];
}

interface Extent {
  /** Every tensor of checkpoints is read. */
  readonly deeply: boolean;
  readonly secondsPerFile: number;
}

async function checkAll(files: readonly string[], { deeply, secondsPerFile }: Extent): Promise<Checked> {
  const bar = new ProgressBar(process.stderr);
  const worlds = new DiskWorlds();
  const sources = files.filter(isSourceName);
  const checkpoints = files.filter((file) => !isSourceName(file));
  const models: ModelReading[] = [];
  const findings: Finding[] = [];
  const failures: { file: string; reason: string }[] = [];
  for (const [index, file] of files.entries()) {
    bar.update({ fraction: index / files.length, stage: shownPath(file, process.cwd()) });
    try {
      if (isSourceName(file)) {
        const found = await checkSource(file, worlds, secondsPerFile);
        models.push(...found.models);
        findings.push(...found.findings);
      } else findings.push(...(await checkCheckpoint(file, deeply)));
    } catch (error) {
      failures.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  bar.clear();
  return { sources: sources.length, checkpoints: checkpoints.length, models, findings: distinct(findings), failures };
}

/** A script and its model's file may both name the same fault. */
function distinct(findings: readonly Finding[]): Finding[] {
  const keyed = findings.map(
    (each) => [`${each.file}:${each.line}:${each.column}:${each.code}:${each.message}`, each] as const,
  );
  return [...new Map(keyed).values()];
}

const plural = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;

function renderText(
  { sources, checkpoints, models, findings, failures }: Checked,
  least: Severity,
  style: Style,
): string {
  const visible = findings.filter(({ severity }) => SEVERITY_RANK[severity] >= SEVERITY_RANK[least]);
  const counted = (severity: Severity, name: string): string =>
    plural(findings.filter((each) => each.severity === severity).length, name);
  const hidden = findings.length - visible.length;
  const files = [plural(sources, 'source file'), ...(checkpoints === 0 ? [] : [plural(checkpoints, 'checkpoint')])];
  return [
    ...visible.flatMap((finding) => findingLines(finding, process.cwd(), style)),
    ...failures.map(({ file, reason }) => `${file}: ${style.red('error')}: ${reason}`),
    `${files.join(' and ')} with ${plural(models.length, 'model')}: ` +
      `${counted('error', 'error')}, ${counted('warning', 'warning')}` +
      (hidden === 0 ? '' : style.dim(` (${hidden} more below '${least}'; --show information)`)),
    '',
  ].join('\n');
}

const toJson = ({ sources, checkpoints, models, findings, failures }: Checked): unknown => ({
  version,
  files: { sources, checkpoints },
  models: models.map(({ name, place: { file, line }, totalParameters, inputOrigin, guessed, stopped }) => ({
    name,
    file,
    line,
    parameters: totalParameters,
    inputOrigin,
    guessed,
    complete: stopped === null,
  })),
  findings,
  failures,
});
