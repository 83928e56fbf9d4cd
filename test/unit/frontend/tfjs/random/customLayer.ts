/** Layers of a program's own: classes with weights and a `call` of TensorFlow.js's functions. */
import type { Draw } from './draw';
import { initializer, regularizer } from './settings';

/** Functions that keep the shape of `x`, whose last axis has as many entries as `this.scale`. */
const steps: readonly string[] = [
  'x = tf.tanh(x);',
  'x = x.sigmoid().mul(2).sub(1);',
  'x = tf.mul(x, this.scale.read());',
  'x = x.add(this.scale.read().square());',
  'x = tf.add(x, tf.softmax(x));',
  'x = x.sub(tf.mean(x, -1, true));',
  'x = x.div(tf.sqrt(x.square().mean(-1, true).add(0.01)));',
  'x = tf.concat([x, x], -1).split(2, -1)[1];',
  'x = tf.where(x.greater(0.1), x, x.mul(0.3));',
  'x = tf.leakyRelu(x, 0.1);',
  'x = tf.clipByValue(x, -0.7, 0.8);',
  'x = x.reverse(-1);',
  'x = tf.stack([x, x.exp()], 1).sum(1);',
  'x = tf.unstack(tf.stack([x, x.neg()]))[1];',
  'x = tf.pow(tf.abs(x).add(0.1), 1.5);',
  'x = tf.squaredDifference(x, 0.2);',
  'x = tf.minimum(tf.maximum(x, -0.5), tf.scalar(0.6));',
  'x = tf.gather(x, [0, 0], 1).mean(1, true).add(x);',
  'x = x.expandDims(1).tile([1, 2].concat(x.shape.slice(1).map(() => 1))).max(1);',
  'x = tf.logSumExp(tf.stack([x, x.mul(2)]), 0);',
  'x = x.mul(x.cumsum(x.shape.length - 1));',
  'x = tf.selu(x).add(tf.elu(x)).mul(0.5);',
  'x = tf.prelu(x, tf.scalar(0.2));',
  'x = x.atan().add(tf.erf(x)).sub(x.softplus());',
  'x = tf.log1p(x.relu());',
  'x = x.add(tf.onesLike(x)).sub(tf.zerosLike(x));',
  'x = tf.addN([x, x.sin(), x.cos()]);',
  'x = x.transpose(x.shape.map((_, i) => i)).reshape([-1].concat(x.shape.slice(1)));',
  'x = tf.norm(x, 2, -1, true).add(x);',
  'x = tf.matMul(x.reshape([-1, x.shape[x.shape.length - 1]]), this.mixing.read()).reshape([-1].concat(x.shape.slice(1)));',
  "x = tf.einsum('ij,jk->ik', x.reshape([-1, x.shape[x.shape.length - 1]]), this.mixing.read()).reshape([-1].concat(x.shape.slice(1)));",
  'x = x.slice([0], [-1]).mul(tf.range(1, 1 + x.shape[x.shape.length - 1]).div(4));',
  'if (x.shape.length === 2) { x = tf.dot(x, tf.eye(x.shape[1])); } else { x = x.mul(1.1); }',
  'for (let i = 0; i < 3; i++) x = x.add(x.mul(0.1 * i).tanh());',
  'x = [x, x.mul(0.5)].reduce((a, b) => a.add(b));',
  'x = tf.tidy(() => { const y = x.abs(); return y.mul(0.3); });',
  'x = this.squash(x);',
];

const bodies: readonly ((lines: string) => string)[] = [
  (lines) =>
    `call(inputs, kwargs) { return tf.tidy(() => { let x = Array.isArray(inputs) ? inputs[0] : inputs; ${lines} return x; }); }`,
  (lines) =>
    `call(input) { let x = input; if (Array.isArray(x)) { x = x[0]; } this.invokeCallHook(input, {}); ${lines} return x; }`,
  (lines) => `call([first]) { let x = first; ${lines} return x; }`,
];

/** A class by this name, whose layers are made by `new NAME({rate: 2})`. */
export function customLayer(draw: Draw, name: string): string {
  const drawn = Array.from({ length: draw.integer(1, 4) }, () => draw.pick(steps));
  const penalty = draw.chance(0.3) ? `, ${regularizer(draw)}` : '';
  const made = draw.pick([
    `tf.initializers.ones()`,
    `tf.initializers.randomNormal({stddev: 0.1})`,
    initializer(draw).startsWith("'") ? 'tf.initializers.glorotUniform({})' : 'tf.initializers.zeros()',
  ]);
  return [
    `class ${name} extends tf.layers.Layer {`,
    draw.chance(0.7)
      ? `  constructor(config) { super(${draw.pick(['config', 'config || {}', '{}'])}); this.rate = config.rate; this.supportsMasking = true; }`
      : '  rate = 2;',
    '  build(inputShape) {',
    `    const shape = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;`,
    `    const size = shape[shape.length - 1];`,
    `    this.scale = this.addWeight('scale', [size], 'float32', ${made}${penalty});`,
    drawn.some((line) => line.includes('mixing'))
      ? `    this.mixing = this.addWeight('mixing', [size, size], ${draw.pick(["'float32'", 'undefined', 'null'])}, tf.initializers.glorotNormal({}));`
      : '',
    draw.chance(0.5) ? '    super.build(inputShape);' : '    this.built = true;',
    '  }',
    '  squash(x) { return x.div(x.abs().add(this.rate)); }',
    `  computeOutputShape(inputShape) { return inputShape; }`,
    `  ${draw.pick(bodies)(drawn.join(' '))}`,
    `  getConfig() { return Object.assign({}, super.getConfig(), {rate: this.rate}); }`,
    draw.chance(0.8)
      ? `  static get className() { return '${name}'; }`
      : `  getClassName() { return '${name}'; } static className = '${name}';`,
    '}',
  ]
    .filter((line) => line !== '')
    .join('\n');
}
