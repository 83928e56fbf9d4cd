/** Convolutions, pools and changes of size, for samples of rank 2, 3 and 4. */
import type { Draw } from './draw';
import { activation, initializer, kernelSettings, padding, regularizer, settingsText, sizes } from './settings';
import type { Settings } from './settings';

type Maker = (draw: Draw) => string;

const dataFormat = (draw: Draw): string => draw.pick(["'channelsLast'", "'channelsLast'", "'channelsFirst'"]);

const windowSettings = (draw: Draw, rank: number): Settings => ({
  padding: () => padding(draw),
  strides: () => sizes(draw, rank, 1, 2),
  ...(rank === 1 ? {} : { dataFormat: () => dataFormat(draw) }),
});

const filters = (draw: Draw): Settings => ({ filters: () => String(draw.integer(1, 4)) });
const kernelSize = (draw: Draw, rank: number): Settings => ({ kernelSize: () => sizes(draw, rank, 1, 3) });

const convolution =
  (name: string, rank: number): Maker =>
  (draw) =>
    `tf.layers.${name}(${settingsText(
      draw,
      { ...filters(draw), ...kernelSize(draw, rank) },
      {
        ...windowSettings(draw, rank),
        ...kernelSettings(draw),
        ...(/Transpose/.test(name) ? {} : { dilationRate: () => sizes(draw, rank, 1, 2) }),
      },
      0.25,
    )})`;

const depthwise: Maker = (draw) =>
  `tf.layers.depthwiseConv2d(${settingsText(
    draw,
    kernelSize(draw, 2),
    {
      ...windowSettings(draw, 2),
      ...kernelSettings(draw, 'depthwise'),
      depthMultiplier: () => String(draw.integer(1, 3)),
      dilationRate: () => '2',
    },
    0.25,
  )})`;

/** Its bias goes to rows, not channels, where channels are first. */
const channelsLastWindow = (draw: Draw): Settings => {
  const { padding: edges, strides } = windowSettings(draw, 2);
  return { ...(edges && { padding: edges }), ...(strides && { strides }) };
};

const separable: Maker = (draw) =>
  `tf.layers.separableConv2d(${settingsText(
    draw,
    { ...filters(draw), ...kernelSize(draw, 2) },
    {
      ...channelsLastWindow(draw),
      depthMultiplier: () => String(draw.integer(1, 3)),
      activation: () => activation(draw),
      useBias: () => String(draw.chance(0.5)),
      depthwiseInitializer: () => initializer(draw),
      pointwiseInitializer: () => initializer(draw),
      depthwiseRegularizer: () => regularizer(draw),
    },
    0.25,
  )})`;

const pool =
  (names: readonly string[], rank: number): Maker =>
  (draw) =>
    `tf.layers.${draw.pick(names)}(${settingsText(
      draw,
      rank === 3 ? { poolSize: () => sizes(draw, rank, 1, 2) } : {},
      { poolSize: () => sizes(draw, rank, 1, 3), ...windowSettings(draw, rank) },
      0.5,
    )})`;

const globalPool =
  (names: readonly string[], formatted: boolean): Maker =>
  (draw) =>
    `tf.layers.${draw.pick(names)}(${settingsText(draw, {}, formatted ? { dataFormat: () => dataFormat(draw) } : {})})`;

const borders = (draw: Draw): string =>
  draw.pick([
    () => String(draw.integer(0, 2)),
    () => `[${draw.integer(0, 2)}, ${draw.integer(0, 2)}]`,
    () => `[[${draw.integer(0, 1)}, ${draw.integer(0, 2)}], [${draw.integer(0, 1)}, ${draw.integer(0, 1)}]]`,
  ])();

/** Without `centerCrop`, which changes the shape of what it is given in place. */
const changesOfSize: readonly Maker[] = [
  (draw) =>
    `tf.layers.zeroPadding2d(${settingsText(draw, {}, { padding: () => borders(draw), dataFormat: () => dataFormat(draw) }, 0.6)})`,
  (draw) =>
    `tf.layers.cropping2D(${settingsText(draw, { cropping: () => borders(draw) }, { dataFormat: () => dataFormat(draw) })})`,
  (draw) =>
    `tf.layers.upSampling2d(${settingsText(draw, { size: () => `[${draw.integer(1, 2)}, ${draw.integer(1, 2)}]` }, { interpolation: () => draw.pick(["'nearest'", "'bilinear'"]), dataFormat: () => dataFormat(draw) })})`,
];

const convLstm2d: Maker = (draw) =>
  `tf.layers.convLstm2d(${settingsText(
    draw,
    { ...filters(draw), ...kernelSize(draw, 2) },
    {
      padding: () => padding(draw),
      strides: () => sizes(draw, 2, 1, 2),
      returnSequences: () => 'true',
      useBias: () => String(draw.chance(0.5)),
      kernelRegularizer: () => regularizer(draw),
      recurrentActivation: () => "'sigmoid'",
    },
  )})`;

const overTime: Maker = (draw) =>
  `tf.layers.timeDistributed({layer: ${draw.pick([
    () => convolution('conv2d', 2)(draw),
    () => 'tf.layers.flatten()',
    () => pool(['maxPooling2d', 'averagePooling2d'], 2)(draw),
    () => `tf.layers.dense({units: ${draw.integer(1, 4)}})`,
  ])()}})`;

/** By the rank of a sample. */
export const spatialLayers: Readonly<Record<2 | 3 | 4, readonly Maker[]>> = {
  2: [
    pool(['maxPooling1d', 'averagePooling1d', 'maxPool1d', 'avgPool1d'], 1),
    globalPool(['globalMaxPooling1d', 'globalAveragePooling1d', 'globalMaxPool1d'], false),
    (draw) => `tf.layers.spatialDropout1d({rate: ${draw.pick(['0.2', '0.4'])}})`,
  ],
  3: [
    convolution('conv2d', 2),
    convolution('conv2d', 2),
    convolution('conv2dTranspose', 2),
    depthwise,
    separable,
    pool(['maxPooling2d', 'averagePooling2d', 'maxPool2d', 'avgPooling2d'], 2),
    globalPool(['globalMaxPooling2d', 'globalAveragePooling2d'], true),
    ...changesOfSize,
  ],
  4: [
    convolution('conv3d', 3),
    convolution('conv3dTranspose', 3),
    pool(['maxPooling3d', 'averagePooling3d', 'avgPool3d'], 3),
    convLstm2d,
    overTime,
  ],
};
