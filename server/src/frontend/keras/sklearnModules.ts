/** scikit-learn, as far as it only chooses the samples that a model is trained on; the rest of it is unknown. */
import { openModule } from '../torch/openModule';
import type { ModuleMaker } from '../torch/nnLibrary';
import trainTestSplit from './library/train_test_split.py';

/** `cross_validation` until scikit-learn 0.20. */
const homes = ['model_selection', 'cross_validation'];

/** For `InterpreterOptions.libraries`. */
export function createSklearnModules(): Map<string, ModuleMaker> {
  const splitting = 'sklearn.model_selection._split';
  const modules = new Map<string, ModuleMaker>([
    ['sklearn', openModule('sklearn', homes, () => undefined)],
    [splitting, (interpreter) => interpreter.runModule(trainTestSplit, '<sklearn>/train_test_split.py', splitting)],
  ]);
  for (const home of homes)
    modules.set(`sklearn.${home}`, (interpreter) =>
      openModule(`sklearn.${home}`, [], (member) =>
        member === 'train_test_split' ? interpreter.importModule(splitting).attributes.get(member) : undefined,
      )(interpreter),
    );
  return modules;
}
