/** Classes that many programs copy from published examples, and that do what is not read: known by what they fetch and their methods. */
import type ts from 'typescript';
import type { Expression } from '../python/syntax';
import { constant, help, type Place, type Translation } from './translation';

/** MNIST in one image, of TensorFlow.js's examples. */
const fetchesDigits = /mnist_images\.png/;
const givesDigits = /^(nextTrainBatch|nextTestBatch|getTrainData|getTestData)$/;
/** How many of the digits are for training, as its file says it. */
const trainingDigits = /\bTRAIN_ELEMENTS\s*=\s*(\d+)|\bNUM_TRAIN_ELEMENTS\s*=\s*(\d+)/;
const USUAL = '55000';

/** What stands for the class in place of its code; empty for any other class. */
export function knownClass(t: Translation, node: ts.ClassLikeDeclaration, at: Place): Expression[] {
  const { text } = t.source;
  if (!fetchesDigits.test(text) || !node.members.some((each) => givesDigits.test(each.name?.getText(t.tree) ?? '')))
    return [];
  const [, first, second] = trainingDigits.exec(text) ?? [];
  return [help('known_class', [constant('_tfjs_digits', at), constant(BigInt(first ?? second ?? USUAL), at)], at)];
}
