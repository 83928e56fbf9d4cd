/** Reads a file that is a model by itself; of one that is text, `model.json` of TensorFlow.js, also the places of its layers. */
import type { CheckpointFiles } from '../checkpoint/checkpointFiles';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { TracedModel } from '../frontend/model';
import { modelFileFormat, modelNameOf } from '../frontend/modelFileNames';
import { openModelFile, type OpenedModelFile } from '../frontend/modelFiles';
import { openGraphModel } from '../frontend/tfjs/graphModelFile';
import { isGraph, layersModel } from '../frontend/tfjs/tfjsFile';
import type { FileReading, ModelReading, Place } from '../protocol/reading';
import { modelReading, placeOfLine } from './modelTrace';
import { BATCH_MARK } from './shapeObserver';
import type { ReadingRequest } from './readingRequest';
import type { ReadingWorld } from './readFile';

/** Models of the file: one, or none where it is a file of another kind. */
export async function readModelFile(
  { file, text }: ReadingRequest,
  { sources, cancelled, withFiles }: ReadingWorld,
): Promise<ModelReading[]> {
  const isText = modelFileFormat(file) === 'tfjs';
  const json = isText ? parsed(text) : undefined;
  if (isText && (json === undefined || !('modelTopology' in json))) return [];
  const lines = text.split('\n');
  const place = placeOf(lines, file, /"modelTopology"\s*:/);
  const name = modelNameOf(file);
  const request = { file, sources, batch: BATCH_MARK, ...(cancelled === undefined ? {} : { watch: { cancelled } }) };
  try {
    const model = await withFiles((files) => opened(files, file, json));
    const traced = model.trace(request);
    const reading = modelReading({ name, construction: null, place }, placed(traced, lines), 'usual sizes');
    return [model.outputs === undefined ? reading : { ...reading, outputs: model.outputs }];
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return [unreadable(name, place, error.message)];
  }
}

/** What is being typed of a text counts, not what is on disk; the shapes of a graph are among its constants, which its shards hold. */
async function opened(files: CheckpointFiles, file: string, json: Json | undefined): Promise<OpenedModelFile> {
  if (json === undefined) return openModelFile(files, file);
  return isGraph(json) ? openGraphModel(files, json, file) : layersModel(json, file);
}

type Json = Readonly<Record<string, unknown>>;

/** Parsed as the reader of files parses it; what is being typed may be no JSON. */
function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The first match in the text, else its beginning. */
function placeOf(lines: readonly string[], file: string, pattern: RegExp): Place {
  const at = lines.findIndex((line) => pattern.test(line));
  const match = at < 0 ? null : pattern.exec(lines[at] ?? '');
  if (match === null) return placeOfLine(file, 1);
  return { file, line: at + 1, column: match.index + 1, endLine: at + 1, endColumn: match.index + 1 + match[0].length };
}

/** Layers on the lines that name them. A file without line breaks has nowhere to show them. */
function placed(traced: TracedModel, lines: readonly string[]): TracedModel {
  if (lines.length < traced.layers.length) return traced;
  const lineOf = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    const name = /"name"\s*:\s*"([^"]+)"/.exec(line)?.[1];
    if (name !== undefined && !lineOf.has(name)) lineOf.set(name, i + 1);
  }
  return { ...traced, layers: traced.layers.map((layer) => ({ ...layer, line: lineOf.get(layer.name) ?? 0 })) };
}

const unreadable = (name: string, place: Place, reason: string): ModelReading => ({
  name,
  construction: null,
  place,
  totalParameters: 0,
  trainableParameters: 0,
  layers: [],
  stateKeys: [],
  inputs: [],
  outputShape: null,
  inputOrigin: 'usual sizes',
  guessed: [],
  stopped: { ...place, reason, hint: null },
  lossStopped: null,
  handDerivative: null,
  changedLeaves: [],
});

export const emptyReading = (file: string, textHash: string): FileReading => ({
  file,
  textHash,
  syntaxError: null,
  models: [],
  shapes: [],
  training: null,
  configured: {},
  links: [],
  findings: [],
  unread: 0,
  milliseconds: 0,
});
