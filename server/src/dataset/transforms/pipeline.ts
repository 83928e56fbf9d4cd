/** From a transform as the code builds it to what is done with a picture, and what is not. */
import { bind, isDataCall, isDataList, type DataCall, type DataValue } from '../dataCall';
import { augmentations } from './augmentation';
import { centerCrop, pad, resize } from './geometry';
import type { Picture } from './picture';
import type { Step, TransformRule } from './rule';
import { tensorMethods } from './tensorMethods';
import {
  convert,
  convertImageDtype,
  grayscale,
  normalize,
  rgb,
  toByteTensor,
  toDtype,
  toImage,
  toTensor,
} from './values';

/** torchvision.transforms and torchvision.transforms.v2 by name. */
const rules: Readonly<Record<string, TransformRule>> = {
  ...augmentations,
  Resize: resize,
  Scale: resize,
  CenterCrop: centerCrop,
  Pad: pad,
  ToTensor: toTensor,
  PILToTensor: toByteTensor,
  ToImage: toByteTensor,
  ToImageTensor: toByteTensor,
  ToPureTensor: toByteTensor,
  ToPILImage: toImage,
  ToDtype: toDtype,
  ConvertImageDtype: convertImageDtype,
  ConvertDtype: convertImageDtype,
  Normalize: normalize,
  Grayscale: grayscale,
  RGB: rgb,
  Identity: { parameters: [], make: () => ({}) },
  'tensor.convert': convert,
  ...Object.fromEntries(Object.entries(tensorMethods).map(([name, rule]) => [`tensor.${name}`, rule])),
};

export interface Pipeline {
  readonly steps: readonly Step[];
  /** Names of the steps that are applied, as the code writes them. */
  readonly applied: readonly string[];
  /** What was replaced or left out. */
  readonly notes: readonly string[];
  /** False when a step is not known that may change the shape. */
  readonly complete: boolean;
}

export const emptyPipeline: Pipeline = { steps: [], applied: [], notes: [], complete: true };

/** `transform` as the script makes it: a call, a list of calls, None. */
export function pipelineOf(transform: DataValue): Pipeline {
  if (transform === null) return emptyPipeline;
  if (isDataList(transform)) return joined(transform.map(pipelineOf));
  if (!isDataCall(transform)) return unknownStep('a transform that is not known');
  if (transform.name === 'Compose') return pipelineOf(bind(transform, ['transforms'])['transforms']);
  if (transform.name === 'Lambda') return pipelineOf(bind(transform, ['lambd'])['lambd']);
  return single(transform);
}

function single(call: DataCall): Pipeline {
  const rule = call.origin === 'own' ? undefined : rules[call.name];
  if (rule === undefined) return unknownStep(`${call.name}${call.origin === 'own' ? " (the code's own)" : ''}`);
  const step = rule.make(bind(call, rule.parameters));
  if (step === undefined) return unknownStep(`${call.name} with arguments that are not known`);
  return {
    steps: [step],
    applied: step.apply === undefined || step.note !== undefined ? [] : [call.name.replace(/^tensor\./, '')],
    notes: step.note === undefined ? [] : [step.note],
    complete: true,
  };
}

const unknownStep = (what: string): Pipeline => ({
  steps: [],
  applied: [],
  notes: [`${what} not applied`],
  complete: false,
});

const joined = (parts: readonly Pipeline[]): Pipeline => ({
  steps: parts.flatMap(({ steps }) => steps),
  applied: parts.flatMap(({ applied }) => applied),
  notes: parts.flatMap(({ notes }) => notes),
  complete: parts.every(({ complete }) => complete),
});

/** Throws a RangeError where a step cannot be done. */
export const applyPipeline = ({ steps }: Pipeline, picture: Picture): Picture =>
  steps.reduce((current, { apply }) => apply?.(current) ?? current, picture);

/** One line for the provenance. */
export function describePipeline({ applied, notes }: Pipeline): string {
  const done = applied.length === 0 ? [] : [`transforms of the code: ${applied.join(', ')}`];
  return [...done, ...(notes.length === 0 ? [] : [`replaced or left out: ${notes.join('; ')}`])].join('; ');
}
