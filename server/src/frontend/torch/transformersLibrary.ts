/**
 * Hugging Face transformers: what its model files build on (configurations, the base class, results, masks, caches, losses) is
 * Python source of our own (library/transformers/). The architectures are read where the package is installed, or in the
 * workspace that holds it: `transformers.BertModel` is looked up in the file that defines it, without running the package.
 */
import { PythonException } from '../../python/errors';
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyModule, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import activations from './library/transformers/activations.py';
import auto from './library/transformers/auto.py';
import cache from './library/transformers/cache.py';
import checkedFields from './library/transformers/checked_fields.py';
import configuration from './library/transformers/configuration.py';
import generation from './library/transformers/generation.py';
import initialization from './library/transformers/initialization.py';
import layers from './library/transformers/layers.py';
import losses from './library/transformers/losses.py';
import masks from './library/transformers/masks.py';
import modeling from './library/transformers/modeling.py';
import optimization from './library/transformers/optimization.py';
import outputs from './library/transformers/outputs.py';
import published from './library/transformers/published.py';
import torchParts from './library/transformers/torch_parts.py';
import typeValidators from './library/transformers/type_validators.py';
import utils from './library/transformers/utils.py';
import { definedNames } from './gatheringModule';
import type { ModuleMaker } from './nnLibrary';
import { openModule } from './openModule';

const sources: Readonly<Record<string, string>> = {
  'transformers.modeling_outputs': outputs,
  'transformers.configuration_utils': configuration,
  'transformers.modeling_utils': modeling,
  'transformers.modeling_layers': layers,
  'transformers.masking_utils': masks,
  'transformers.cache_utils': cache,
  'transformers.activations': activations,
  'transformers.pytorch_utils': torchParts,
  'transformers.initialization': initialization,
  'transformers.loss.loss_utils': losses,
  'transformers.optimization': optimization,
  'transformers.generation': generation,
  'transformers.utils': utils,
  'transformers.models.auto': auto,
  'transformers._published': published,
  'huggingface_hub.dataclasses': checkedFields,
  'transformers.utils.type_validators': typeValidators,
};

/** Other names of the same modules. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  'transformers.utils': [
    ...['deprecation', 'doc', 'generic', 'hub', 'import_utils', 'logging', 'output_capturing'].map(
      (name) => `transformers.utils.${name}`,
    ),
    ...['accelerate', 'deepspeed', 'flex_attention', 'fsdp', 'hub_kernels'].map(
      (name) => `transformers.integrations.${name}`,
    ),
    'transformers.integrations',
    'transformers.file_utils',
    'transformers.processing_utils',
    'transformers.modeling_flash_attention_utils',
  ],
  'transformers.masking_utils': ['transformers.modeling_attn_mask_utils'],
  'transformers.generation': ['transformers.generation.utils', 'transformers.generation.configuration_utils'],
  'transformers.models.auto': [
    'transformers.models.auto.modeling_auto',
    'transformers.models.auto.configuration_auto',
    'transformers.models.auto.auto_factory',
  ],
};

/** Public name → module that defines it; earlier modules win. */
const homes = new Map(
  Object.entries(sources)
    .filter(([module]) => /^transformers\.(?!utils\.)/.test(module))
    .reverse()
    .flatMap(([module, source]) =>
      definedNames(source)
        .filter((name) => !name.startsWith('_'))
        .map((name): [string, string] => [name, module]),
    ),
);

/** A module of the package's own, of which `missing` finds what is asked for. */
const searching = (interpreter: Interpreter, name: string, find: (member: string) => PyValue | undefined): PyModule => {
  const module: PyModule = new PyModule(name, undefined, (member) => {
    if (member.startsWith('__')) return undefined;
    const found = find(member);
    if (found === undefined) return new Unknown(`${name}.${member} is not read`, interpreter.currentSpan);
    module.attributes.set(member, found);
    return found;
  });
  return module;
};

/** `file`: the program's, from where the package is looked for. */
export function createTransformersModules(file: string): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>();
  for (const [name, source] of Object.entries(sources))
    modules.set(name, (interpreter) => interpreter.runModule(source, `<transformers>/${name}.py`, name));
  for (const [target, names] of Object.entries(aliases))
    for (const name of names) modules.set(name, (interpreter) => interpreter.importModule(target));
  modules.set('transformers', (interpreter) => {
    const models = new InstalledModels(interpreter, file);
    return searching(interpreter, 'transformers', (member) => {
      const home = homes.get(member);
      if (home !== undefined) return interpreter.getAttribute(interpreter.importModule(home), member);
      return sources[`transformers.${member}`] === undefined
        ? models.classNamed(member)
        : interpreter.importModule(`transformers.${member}`);
    });
  });
  modules.set('transformers.models', (interpreter) => {
    const models = new InstalledModels(interpreter, file);
    return searching(interpreter, 'transformers.models', (folder) => models.package(folder));
  });
  modules.set(
    'huggingface_hub',
    openModule('huggingface_hub', [], () => undefined),
  );
  modules.set('transformers.loss', () => new PyModule('transformers.loss'));
  modules.set('transformers._find', (interpreter) => findModule(interpreter, new InstalledModels(interpreter, file)));
  return modules;
}

/** For Python: classes by their names, configurations by the type that `config.json` names, texts of files; None where there is none. */
function findModule(interpreter: Interpreter, models: InstalledModels): PyModule {
  const module = new PyModule('transformers._find');
  const text = (value: PyValue | undefined): string => interpreter.toText(value ?? null, 'a name');
  module.attributes.set(
    'class_named',
    native('class_named(name)', ({ name }) => models.classNamed(text(name)) ?? null),
  );
  module.attributes.set(
    'text_of',
    native('text_of(path)', ({ path }) => interpreter.options.sources?.read(text(path)) ?? null),
  );
  module.attributes.set(
    'configuration_named',
    native('configuration_named(model_type)', ({ model_type: type }) => models.configurationNamed(text(type)) ?? null),
  );
  return module;
}

/** The package's model files, found by the names of classes in their text. */
class InstalledModels {
  private types: ReadonlyMap<string, readonly string[]> | undefined;
  private folders: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly interpreter: Interpreter,
    private readonly file: string,
  ) {}

  /** A model, layer or configuration; undefined where no file of the package defines it. */
  classNamed(name: string): PyValue | undefined {
    const kind = name.endsWith('Config') ? 'configuration' : 'modeling';
    return this.typesOf(name)
      .flatMap((type) => {
        const plain = type.replaceAll('-', '_');
        const folder = this.folders.get(type) ?? plain;
        return [...new Set([folder, plain])].map((file) => `transformers.models.${folder}.${kind}_${file}`);
      })
      .map((module) => this.member(module, name))
      .find((found) => found !== undefined);
  }

  configurationNamed(type: string): PyValue | undefined {
    const found = [...this.known()].find(([, types]) => types.includes(type))?.[0];
    return found === undefined ? undefined : this.classNamed(`${found}Config`);
  }

  /** `transformers.models.bert`: its names are those of its files. */
  package(folder: string): PyValue | undefined {
    const name = `transformers.models.${folder}`;
    if (this.interpreter.options.sources?.resolveModule(name, this.file) === undefined) return undefined;
    return searching(this.interpreter, name, (member) =>
      ['modeling', 'configuration']
        .map((kind) => this.member(`${name}.${kind}_${folder}`, member))
        .find((found) => found !== undefined),
    );
  }

  private member(module: string, name: string): PyValue | undefined {
    const found = this.interpreter.options.sources?.resolveModule(module, this.file);
    if (found === undefined || !new RegExp(`^(?:(?:class|def) ${name}\\b|${name}\\s*=)`, 'm').test(found.source))
      return undefined;
    try {
      return this.interpreter.getAttribute(this.interpreter.importModule(module, this.file), name);
    } catch (error) {
      const reason = this.interpreter.unreadable.get(module);
      if (!(error instanceof PythonException) || reason === undefined) throw error;
      return new Unknown(`module '${module}' is not read (${reason})`, this.interpreter.currentSpan);
    }
  }

  /** Types of the family with the longest name that `name` begins with: `GPT2` of `GPT2LMHeadModel`. */
  private typesOf(name: string): readonly string[] {
    let [best, found]: [string, readonly string[]] = ['', []];
    for (const [prefix, types] of this.known())
      if (prefix.length > best.length && name.startsWith(prefix) && !/^[a-z]/.test(name.slice(prefix.length)))
        [best, found] = [prefix, types];
    return found;
  }

  /** Families by the names of their classes (`Bert`), each with its types (`bert`), from the text of the package's own table. */
  private known(): ReadonlyMap<string, readonly string[]> {
    if (this.types !== undefined) return this.types;
    const text = ['auto_mappings', 'configuration_auto']
      .map((name) => this.interpreter.options.sources?.resolveModule(`transformers.models.auto.${name}`, this.file))
      .map((found) => found?.source ?? '')
      .join('\n');
    const pairs = (pattern: RegExp): [string, string][] =>
      [...text.matchAll(pattern)].map(([, type = '', value = '']) => [type, value]);
    this.folders = new Map(pairs(/\("([\w-]+)",\s*"([a-z]\w*)"\)/g));
    const types = new Map<string, string[]>();
    for (const [type, prefix] of pairs(/\("([\w-]+)",\s*"([A-Z]\w*)Config"\)/g))
      types.set(prefix, [...(types.get(prefix) ?? []), type]);
    this.types = types;
    return this.types;
  }
}
