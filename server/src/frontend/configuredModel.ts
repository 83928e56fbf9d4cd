/** A model that a file describes by its configuration: built as a program that makes the same layers would be. */
import type { TracedModel } from './model';
import { modelNameOf } from './modelFileNames';
import { traceModel, type Trace } from './torch/traceModel';

/** A program whose function `model` gives `expression`, in which `configuration` is the parsed JSON. */
export const programFor = (imports: string, configuration: unknown, expression: string): string =>
  ['import json', imports, 'def model():', `    ${parsed(configuration)}`, `    return ${expression}`, ''].join('\n');

/** The same as statements of the first line: what is found in it is at the beginning of the file. */
export const programOfOneLine = (imports: string, configuration: unknown, expression: string): string =>
  ['import json', imports, parsed(configuration), expression].join('; ');

/** JSON texts are Python texts as well. */
const parsed = (configuration: unknown): string =>
  `configuration = json.loads(${JSON.stringify(JSON.stringify(configuration))})`;

/** Configurations end, and those of large models have hundreds of layers. */
const SECONDS = 60;

/** Traces the function `model` of a program in place of the file at `path`. */
export const traceOfProgram =
  (path: string, source: string): Trace =>
  (request) =>
    withoutLines(
      traceModel({ ...request, limits: { seconds: SECONDS, ...request.limits }, file: path, source, model: 'model' }),
      path,
    );

/** Lines of the program mean nothing to anybody. */
const withoutLines = (traced: TracedModel, path: string): TracedModel => ({
  ...traced,
  name: modelNameOf(path),
  line: 0,
  parameters: traced.parameters.map((parameter) => ({ ...parameter, line: 0 })),
  layers: traced.layers.map((layer) => ({ ...layer, line: 0, callLine: 0 })),
  stopped: traced.stopped && { ...traced.stopped, line: 1, column: 1, endLine: 1, endColumn: 1 },
});
