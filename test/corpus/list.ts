/**
 * Lists of models to try: `{entries: […]}` with repository, file, constructor and what PyTorch gave for it, or an array of
 * library models by name. Everything but the identity of an entry may be missing.
 */
import { readFileSync } from 'node:fs';

/** What PyTorch's own `state_dict` and `forward` gave. */
export interface Expected {
  readonly params?: number;
  readonly state_dict_keys?: number;
  readonly first_keys?: readonly string[];
  readonly last_keys?: readonly string[];
  /** A shape, or one per tensor of the output. */
  readonly output?: unknown;
}

/** Numbers in float64 under the fill rule of `fill.ts`. */
export interface Oracle {
  /** Null where there is no oracle (other frameworks). */
  readonly loss?: number | null;
  readonly grad_norm?: number | null;
  readonly g_dot_v?: number | null;
  readonly vHv?: number | null;
  readonly stochastic?: boolean;
}

export interface Entry {
  readonly id: string;
  readonly framework: string;
  /** `owner/name`; text after a space is a remark. */
  readonly repo: string;
  readonly path: string;
  /** Class or function; what is evaluated where there is no `constructor`. */
  readonly cls: string;
  /** A call in the namespace of `path`. */
  readonly constructor_: string | undefined;
  /** Statements that end in an assignment of the model, in place of `constructor_`. */
  readonly statements: string | undefined;
  /** Statements that the namespace needs first. */
  readonly globals: string | undefined;
  readonly importAs: string | undefined;
  /** Python expressions of the positional inputs. */
  readonly inputs: readonly string[];
  readonly expected: Expected;
  readonly oracle: Oracle | undefined;
}

export class ListError extends Error {
  override readonly name = 'ListError';
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** Throws `ListError` for what is neither form. */
export function readList(file: string): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ListError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (Array.isArray(parsed)) return parsed.map((each, i) => libraryEntry(each, `${file}[${i}]`));
  if (isObject(parsed) && Array.isArray(parsed['entries']))
    return parsed['entries'].map((each, i) => repositoryEntry(each, `${file}: entries[${i}]`));
  throw new ListError(`${file} has neither a list of entries under "entries" nor is it an array of library models`);
}

function repositoryEntry(value: unknown, place: string): Entry {
  if (!isObject(value)) throw new ListError(`${place} is not an object`);
  const [repo, path] = [text(value['repo']), text(value['path'])];
  if (repo === undefined || path === undefined) throw new ListError(`${place} needs "repo" and "path"`);
  const cls = text(value['cls']) ?? '';
  return {
    id: text(value['id']) ?? `${repo}/${path}`,
    framework: text(value['framework']) ?? 'pytorch',
    repo,
    path,
    cls,
    constructor_: text(value['constructor']),
    statements: text(value['constructor_code']),
    globals: text(value['module_globals_needed']),
    importAs: text(value['import_as']),
    inputs: inputsOf(value['inputs']),
    expected: isObject(value['expect']) ? expectedOf(value['expect']) : {},
    oracle: isObject(value['oracle_float64_eval']) ? value['oracle_float64_eval'] : undefined,
  };
}

/** Expressions, or shapes as TensorFlow.js entries have them. */
const inputsOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap((each: unknown) => (Array.isArray(each) ? [`torch.randn(${each.join(', ')})`] : texts([each])))
    : [];

/** Keras and TensorFlow.js call the keys weights. */
function expectedOf(value: Json): Expected {
  const { n_weights: count, first_weights: first } = value;
  return {
    ...value,
    ...(typeof count === 'number' ? { state_dict_keys: count } : {}),
    ...(first === undefined ? {} : { first_keys: texts(first) }),
  };
}

/** Sizes of images where a name does not end in its own. */
const USUAL_SIDE = 224;
const sides: readonly (readonly [RegExp, number])[] = [
  [/^inception_v[34]/, 299],
  [/^(swinv2|maxvit|coatnet|efficientformerv2).*256/, 256],
];
const namespaces: Readonly<Record<string, string>> = { tv: 'torchvision', timm: 'timm' };

/** `{name, library, params, output}`: a model that its library makes by name, for ten classes where it is timm's. */
function libraryEntry(value: unknown, place: string): Entry {
  if (!isObject(value)) throw new ListError(`${place} is not an object`);
  const [name, library] = [text(value['name']), text(value['library'])];
  if (name === undefined || library === undefined) throw new ListError(`${place} needs "name" and "library"`);
  const own = Number(/_(\d{3})(?=$|\.)/.exec(name)?.[1] ?? NaN);
  const side = sides.find(([pattern]) => pattern.test(name))?.[1] ?? (own >= 96 ? own : USUAL_SIDE);
  const { params, output } = value;
  const shape = /\[([\d, ]+)\]/
    .exec(text(output) ?? '')?.[1]
    ?.split(',')
    .map(Number);
  return {
    id: `${library}-${name}`,
    framework: 'pytorch',
    repo: namespaces[library] ?? library,
    path: '',
    cls: '',
    constructor_:
      library === 'timm'
        ? `timm.create_model('${name}', num_classes=10)`
        : `torchvision.models.${zooHome(name)}${name}(weights=None)`,
    statements: undefined,
    globals: undefined,
    importAs: library === 'timm' ? 'timm' : 'torchvision.models',
    inputs: [
      `torch.randn(${/^(r3d|mc3|r2plus1d|mvit|swin3d|s3d)/.test(name) ? `2,3,16,112,112` : `2,3,${side},${side}`})`,
    ],
    expected: {
      ...(typeof params === 'number' ? { params } : {}),
      ...(shape === undefined ? {} : { output: shape }),
    },
    oracle: undefined,
  };
}

/** The module below `torchvision.models` that holds models which are no classifiers of images. */
function zooHome(name: string): string {
  if (/^(deeplabv3|fcn|lraspp)_/.test(name)) return 'segmentation.';
  if (/rcnn|retinanet|^ssd|^fcos/.test(name)) return 'detection.';
  return /^(r3d|mc3|r2plus1d|mvit|swin3d|s3d)/.test(name) ? 'video.' : '';
}
