/**
 * Usual sizes of inputs and of outputs for parameters that nothing in a project gives, by their names. What decides on layers
 * (their number, units, filters, heads) has no usual value: it is asked for.
 */

/** What a model takes, by the layers that its text names. */
type Kind = 'volumes' | 'images' | 'sequences' | 'vectors';

const shapeOf: Readonly<Record<Kind, string>> = {
  volumes: '(32, 32, 32, 1)',
  images: '(224, 224, 3)',
  sequences: '(32, 8)',
  vectors: '(16,)',
};

/** Names without underscores, in small letters. */
const usual: readonly (readonly [RegExp, (kind: Kind) => string | undefined])[] = [
  [/^(input|inputs|in|img|image|data|obs|observation|state|sample|feature)?shapes?$/, (kind) => shapeOf[kind]],
  [
    /^(input|img|image|target|crop)?(height|width|rows|cols|side|h|w)$/,
    (kind) => (kind === 'images' ? '224' : undefined),
  ],
  [/^(img|image)size$/, (kind) => (kind === 'images' ? '224' : undefined)],
  [/^(n|num|nb|in|input|img|image)?(channels?|bands)$/, (kind) => (kind === 'images' ? '3' : '1')],
  [
    /^(n|num|nb|numof|numberof|out|output)?(class|classes|labels|categories|outputs)(num|number|count|size)?$/,
    () => '10',
  ],
  [/^(n|num|nb)?actions?(s|dim|size|num|space|count)?$/, () => '4'],
  [/^(state|obs|observation|input)(dim|dims|size|len)$/, (kind) => (kind === 'vectors' ? '16' : undefined)],
  [/^(n|num)?(vocab|vocabulary|words|tokens|maxfeatures|maxwords)(size|num|number|count|len)?$/, () => '1000'],
  [/^(max|seq|sequence|input|text|sentence)+(len|length|seqlen|seqlength)$|^(n|num)?timesteps$/, () => '32'],
  [/^(learningrate|lr)$/, () => '0.001'],
  [/^(drop|dropout)(rate|prob)?$/, () => '0.5'],
];

/** Python text of a usual value; undefined for what is not to be guessed. `text`: of the function or class that takes it. */
export function usualArgument(parameter: string, text: string): string | undefined {
  const name = parameter.replaceAll('_', '').toLowerCase();
  return usual.find(([pattern]) => pattern.test(name))?.[1](kindOf(text));
}

function kindOf(text: string): Kind {
  if (/3D\b/.test(text)) return 'volumes';
  if (/2D(Transpose)?\b|applications\b|ResNet|VGG|Inception|MobileNet|DenseNet|EfficientNet/i.test(text))
    return 'images';
  return /1D\b|LSTM|GRU|RNN|Attention/.test(text) ? 'sequences' : 'vectors';
}
