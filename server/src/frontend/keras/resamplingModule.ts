/** `keras._resampling`: images in other sizes, for library/resizing.py. */
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyModule } from '../../python/values';
import { resample, resamplings } from '../compositions/resampling';
import { Call } from '../torch/functions/call';
import type { ModuleMaker } from '../torch/nnLibrary';

const signature = 'resample(input, size, method, antialias)';

export const createResamplingModule: ModuleMaker = (interpreter: Interpreter): PyModule => {
  const module = new PyModule('keras._resampling');
  const run = native(signature, (args) => {
    const call = new Call(args, interpreter, 'resize');
    const method = call.text('method');
    const known = resamplings.find((each) => each === method);
    if (known === undefined)
      return interpreter.raise(
        'ValueError',
        `Invalid value for argument \`interpolation\`. Expected one of ${resamplings.join(', ')}. Received: interpolation=${method}`,
      );
    const x = known === 'nearest' ? call.node('input') : call.floats('input');
    const dtype = known === 'nearest' ? call.dtype('input') : call.floatDtype('input');
    return call.tensor(resample(x, call.intList('size'), known, call.flag('antialias')), dtype);
  });
  module.attributes.set(run.name, run);
  return module;
};
