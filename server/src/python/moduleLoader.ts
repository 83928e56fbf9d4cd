/** Modules of a run: from the libraries written here, the standard library, the workspace and installed packages. */
import { findAttribute } from './attributes';
import { LimitExceeded, PythonException, PythonSyntaxError, TraceStop } from './errors';
import type { Frame } from './frame';
import type { Interpreter, SourceProvider } from './interpreter';
import { standardLibrary } from './library/standardLibrary';
import { str } from './representation';
import { isLibraryFile } from './source';
import { PyDict, PyInstance, PyList, PyModule, Unknown } from './values';
import type { PyValue } from './values';

/** Modules of installed packages in one run. */
const MOST_INSTALLED = 1_000;

type Execute = (module: PyModule, text: string, file: string) => PyModule;

export class ModuleLoader {
  readonly modules = new Map<string, PyModule>();
  /** The same as `sys.modules`. */
  readonly table = new PyDict();
  /** Star imports of installed packages that wait until a name is asked for: modules by the module that imports them. */
  readonly latentImports = new Map<PyModule, Set<string>>();
  /** Installed modules that could not be followed, with the reason. */
  readonly unreadable = new Map<string, string>();
  private readonly libraryModules = new Set<PyModule>();
  private installedCount = 0;

  /** `execute` runs a text as a module. */
  constructor(
    private readonly interpreter: Interpreter,
    private readonly execute: Execute,
  ) {}

  add(name: string, module: PyModule): void {
    this.modules.set(name, module);
    this.table.set(name, module);
  }

  remove(name: string): void {
    this.modules.delete(name);
    this.table.delete(name);
  }

  markAsLibrary(module: PyModule): void {
    this.libraryModules.add(module);
  }

  /** `import name`: from `libraries`, the standard library, or `sources`; else ModuleNotFoundError. */
  importModule(name: string, fromFile = this.interpreter.frame?.source.file ?? ''): PyModule {
    return (
      this.findModuleFrom(name, fromFile) ?? this.interpreter.raise('ModuleNotFoundError', `No module named '${name}'`)
    );
  }

  /** In strict and tolerant mode alike, code that is not read becomes unknown, unless the program expects its absence. */
  importOrUnknown(name: string, frame: Frame): PyModule | Unknown {
    const module = this.findModule(name, frame);
    if (module !== undefined) return module;
    if (frame.importGuards > 0) this.interpreter.raise('ModuleNotFoundError', `No module named '${name}'`);
    const reason = this.unreadable.get(name);
    return new Unknown(
      `module '${name}' is not read${reason === undefined ? '' : ` (${reason})`}`,
      this.interpreter.currentSpan,
    );
  }

  findModule(name: string, frame: Frame): PyModule | undefined {
    return this.findModuleFrom(name, frame.source.file);
  }

  isLibraryModule(module: PyModule): boolean {
    return this.libraryModules.has(module);
  }

  /** `torch.nn` reached as an attribute without an import of its own. */
  librarySubmodule(parent: string, name: string): PyModule | undefined {
    const full = `${parent}.${name}`;
    return this.interpreter.options.libraries?.has(full) === true || standardLibrary.has(full)
      ? this.findModuleFrom(full, '')
      : undefined;
  }

  private findModuleFrom(name: string, fromFile: string): PyModule | undefined {
    const known = this.modules.get(name);
    if (known !== undefined) return known;
    const dot = name.lastIndexOf('.');
    const parent = dot < 0 ? undefined : this.findModuleFrom(name.slice(0, dot), fromFile);
    const again = this.modules.get(name);
    if (again !== undefined) return again;
    const last = name.slice(dot + 1);
    const module = this.libraryModule(name) ?? this.attributeModule(parent, last) ?? this.sourceModule(name, fromFile);
    if (module !== undefined && parent !== undefined && !this.hasOwnMeaning(parent, last, module))
      parent.attributes.set(last, module);
    return module;
  }

  /** `torchvision.models.googlenet` is a function of the package, although a submodule is called so, too. */
  private hasOwnMeaning(parent: PyModule, name: string, module: PyModule): boolean {
    if (!this.libraryModules.has(parent) || parent.latent === undefined) return false;
    const member = parent.attributes.get(name) ?? parent.missing?.(name);
    return member !== undefined && member !== module;
  }

  private libraryModule(name: string): PyModule | undefined {
    const make = this.interpreter.options.libraries?.get(name) ?? standardLibrary.get(name);
    if (make === undefined) return undefined;
    const module = make(this.interpreter);
    this.add(name, module);
    this.libraryModules.add(module);
    return module;
  }

  /** `import os.path`: a module that its parent holds as an attribute. */
  private attributeModule(parent: PyModule | undefined, name: string): PyModule | undefined {
    if (parent === undefined || !this.libraryModules.has(parent)) return undefined;
    const value = findAttribute(this.interpreter, parent, name);
    return value instanceof PyModule ? value : undefined;
  }

  private sourceModule(name: string, fromFile: string): PyModule | undefined {
    const found = this.interpreter.options.sources?.resolveModule(name, fromFile) ?? this.onSearchPath(name, fromFile);
    if (found === undefined) return undefined;
    const module = new PyModule(name, found.file);
    const packageName = found.isPackage ? name : name.slice(0, Math.max(0, name.lastIndexOf('.')));
    module.attributes.set('__package__', packageName);
    if (found.isPackage) module.attributes.set('__path__', new PyList([found.file]));
    if (isLibraryFile(found.file)) return this.installedModule(module, found.source, found.file);
    return this.execute(module, found.source, found.file);
  }

  /** In the folders that the program has added to `sys.path`; one that is not absolute counts from the importing file. */
  private onSearchPath(name: string, fromFile: string): ReturnType<SourceProvider['resolveModule']> {
    const path = this.modules.get('sys')?.attributes.get('path');
    for (const entry of path instanceof PyList ? path.items : []) {
      const folder =
        typeof entry === 'string' ? entry : entry instanceof PyInstance ? str(this.interpreter, entry) : '.';
      if (folder === '.') continue;
      const base = folder.startsWith('/') ? folder : `${fromFile.replace(/[^\\/]*$/, '')}${folder}`;
      const found = this.interpreter.options.sources?.resolveModule(name, `${base}/${name}.py`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A module of an installed package. One that cannot be followed is as unknown as one that is not there. */
  private installedModule(module: PyModule, source: string, file: string): PyModule | undefined {
    if (this.unreadable.has(module.name) || ++this.installedCount > MOST_INSTALLED) return undefined;
    this.libraryModules.add(module);
    try {
      this.execute(module, source, file);
    } catch (error) {
      const isReason =
        error instanceof PythonException || error instanceof TraceStop || error instanceof PythonSyntaxError;
      if (!isReason || error instanceof LimitExceeded) throw error;
      this.unreadable.set(module.name, error instanceof PythonException ? error.description : error.message);
      return undefined;
    }
    this.interpreter.options.completions?.get(module.name)?.(this.interpreter, module);
    return module;
  }

  /** A name of an installed package that comes from a star import that was put off (see imports.ts). */
  latentName(module: PyModule, name: string): PyValue | undefined {
    const pending = this.latentImports.get(module);
    if (pending === undefined || pending.size === 0 || name.startsWith('__')) return undefined;
    const file = module.file ?? '';
    const defines = new RegExp(`^(?:(?:class|def) ${name}\\b|${name}\\s*[:=]|from .*\\bimport .*\\b${name}\\b)`, 'm');
    for (const submodule of [...pending].reverse()) {
      const found = this.interpreter.options.sources?.resolveModule(submodule, file);
      if (found === undefined || !defines.test(found.source)) continue;
      pending.delete(submodule);
      const imported = this.findModuleFrom(submodule, file);
      if (imported === undefined) continue;
      for (const [public_, value] of imported.attributes)
        if (!public_.startsWith('_') && !module.attributes.has(public_)) module.attributes.set(public_, value);
      const value = imported.attributes.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
