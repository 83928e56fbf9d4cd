/**
 * Sizes that stand for the open axes of a symbolic input: of images at once large ones; of sequences small ones, since each step
 * of a recurrent layer is nodes of the graph, and larger ones where layers would leave nothing of those.
 */
import type { Interpreter } from '../../python/interpreter';
import { PyModule, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { ModuleMaker } from '../torch/nnLibrary';

const MODULE = 'keras._open_axes';
const IMAGES = [256n, 512n];
const SEQUENCES = { short: [32n, 48n], long: [1024n, 1536n] } as const;

/** Is this what a layer says to which too little of an axis came, in a program with symbolic inputs? */
export const leavesNothing = (reason: string, { modules }: Interpreter): boolean =>
  modules.has(MODULE) && reason.includes('Output size is too small');

/** `keras._open_axes`: two sizes for images, and two for sequences. */
export const openAxesModule =
  (length: keyof typeof SEQUENCES): ModuleMaker =>
  () => {
    const module = new PyModule(MODULE);
    const sizes = (values: readonly PyValue[]): PyTuple => new PyTuple([...values]);
    module.attributes.set('of_images', sizes(IMAGES));
    module.attributes.set('of_sequences', sizes(SEQUENCES[length]));
    return module;
  };
