/** What packages read from the project's environment need to know of the reader: models by name, weights that stay where they are. */
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyTuple } from '../../python/values';
import type { PyModule, PyValue } from '../../python/values';
import type { ModuleRecords } from './moduleRecords';

type Completion = (interpreter: Interpreter, module: PyModule) => void;

/** timm's registry fills as its modules run; here a module runs when one of its models is asked for. */
const findTimmModel: Completion = (_, module) => {
  for (const name of ['is_model', 'model_entrypoint']) {
    const original = module.attributes.get(name);
    if (original === undefined) continue;
    const finding = native(`${name}(model_name, *args)`, ({ model_name: model = null, args }, interpreter) => {
      const [architecture = ''] = typeof model === 'string' ? model.split('.', 1) : [];
      const models = interpreter.modules.get('timm.models');
      if (models !== undefined && /^\w+$/.test(architecture)) interpreter.findAttribute(models, architecture);
      return interpreter.call(original, [model, ...(args instanceof PyTuple ? args.items : [])]);
    });
    module.attributes.set(name, finding);
  }
};

export function installedCompletions(records: ModuleRecords): ReadonlyMap<string, Completion> {
  /** `load_pretrained(model, …)`: noted, not done. */
  const keepUntrained: Completion = (_, module) => {
    const noting = native('load_pretrained(model, *args, **kwargs)', ({ model = null }, interpreter) => {
      const args = new Map<string, PyValue>([['weights', 'pretrained']]);
      records.libraryCalls.push({ kind: 'pretrained', args, span: interpreter.currentSpan, instance: model });
      return null;
    });
    module.attributes.set('load_pretrained', noting);
  };
  return new Map([
    ['timm.models._registry', findTimmModel],
    ['timm.models.registry', findTimmModel],
    ['timm.models._builder', keepUntrained],
    ['timm.models.helpers', keepUntrained],
  ]);
}

/** Packages of which only a part is written here; an installed copy is the better source. */
const partial = /^timm(\.|$)/;

/** Library modules without those that the project's environment has complete, or has its own module for. */
export function withoutInstalled<Maker>(
  libraries: ReadonlyMap<string, Maker>,
  isInstalled: (name: string) => boolean,
): Map<string, Maker> {
  const isOther = isInstalled('transformers') && !isInstalled('transformers.models');
  const replaced = [...(isInstalled('timm') ? [partial] : []), ...(isOther ? [/^transformers(\.|$)/] : [])];
  return new Map([...libraries].filter(([name]) => !replaced.some((pattern) => pattern.test(name))));
}
