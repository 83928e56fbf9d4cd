import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { studyGroups } from '../../../server/src/curvature/studies/groups';
import { clientCommands } from '../../../server/src/protocol/editor';
import { defaultSettings } from '../../../server/src/editor/settings';
import { checkpointViewFor } from '../../../client/src/checkpointViews';
import { pathSettings } from '../../../client/src/settingPaths';

interface Item {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}
interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly order: number;
  readonly scope: string;
  readonly markdownDescription: string;
}
interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly Item[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly keybindings: readonly Item[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
    readonly customEditors: readonly {
      readonly viewType: string;
      readonly priority: string;
      readonly selector: readonly { readonly filenamePattern: string }[];
    }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

const read = (path: string): string => readFileSync(path, 'utf8');
const manifestText = read('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const { contributes } = manifest;
const texts = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name)));

const declared = contributes.commands.map(({ command }) => command);

/** Command ids in the order of the files that define them. */
function idsInCode(): string[] {
  const byName: Readonly<Record<string, string>> = clientCommands;
  return sources('client/src/commands').flatMap((text) =>
    [...text.matchAll(/^ {2}id: (?:clientCommands\.(\w+)|'([\w.]+)'),$/gm)].map(([, name, id]) =>
      name === undefined ? (id ?? '') : (byName[name] ?? ''),
    ),
  );
}

describe('commands', () => {
  it('of the manifest are those of the code', () => {
    const ofGroups = Object.keys(studyGroups).map((group) => `${clientCommands.study}.${group}`);
    expect([...declared].sort()).toEqual([...idsInCode(), ...ofGroups].sort());
  });

  it('of the protocol are all declared', () => {
    expect(Object.values(clientCommands).filter((id) => !declared.includes(id))).toEqual([]);
  });

  it('are all registered', () => {
    const registered = read('client/src/commands/all.ts');
    const files = readdirSync('client/src/commands').map((name) => name.replace('.ts', ''));
    const listed = /commands: readonly Command\[\] = \[([^\]]*)\]/.exec(registered)?.[1] ?? '';
    const names = [...listed.matchAll(/\w+/g)].map(([name]) => name);
    expect([...names, 'all'].sort()).toEqual(files.sort());
  });

  it('stand in the palette under one category, each with a condition or fit for every place', () => {
    const everywhere = ['hessianLens.openExample', 'hessianLens.openWalkthrough'];
    expect(contributes.commands.every(({ category }) => category === 'Hessian Lens')).toBe(true);
    const palette = new Map((contributes.menus['commandPalette'] ?? []).map(({ command, when }) => [command, when]));
    for (const command of declared) {
      expect(palette.has(command), command).toBe(true);
      expect(palette.get(command) === undefined, command).toBe(everywhere.includes(command));
    }
  });
});

describe('menus', () => {
  const items = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];

  it('name only commands and submenus that exist', () => {
    const known = [...declared, ...contributes.submenus.map(({ id }) => id)];
    for (const { command, submenu } of items) expect(known).toContain(command ?? submenu);
  });

  it('ask only for context keys that the code sets', () => {
    const set = [...read('client/src/contextKeys.ts').matchAll(/^ {2}'(hessianLens\.\w+)':/gm)].map(([, key]) => key);
    expect(set.length).toBeGreaterThan(0);
    const asked = new Set(
      items.flatMap(({ when = '' }) => [...when.matchAll(/(?<!')\bhessianLens\.\w+/g)].map(([key]) => key)),
    );
    for (const key of asked) expect(set).toContain(key);
    for (const key of set) expect(asked).toContain(key);
  });
});

describe('settings', () => {
  /** Settings that the server does not know: they are about the client alone. */
  const ofTheClient = ['openPanel', 'offerCheckpoints'];
  const properties = contributes.configuration.flatMap((section) => Object.entries(section.properties));
  const defaults = new Map(properties.map(([key, setting]) => [key.replace('hessianLens.', ''), setting.default]));

  /** `{ a: { b: 1 }, c: {} }` → `a.b`, `c`. */
  function flattened(value: unknown, prefix = ''): [string, unknown][] {
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[prefix, value]];
    return Object.entries(value).flatMap(([key, inner]) => flattened(inner, prefix === '' ? key : `${prefix}.${key}`));
  }

  it('have the same defaults as the server', () => {
    const shared = [...defaults].filter(([key]) => !ofTheClient.includes(key));
    expect(Object.fromEntries(shared)).toEqual(Object.fromEntries(flattened(defaultSettings)));
  });

  it('of the client are read by it', () => {
    const text = sources('client/src').join('\n');
    for (const key of ofTheClient) {
      expect(defaults.has(key), key).toBe(true);
      expect(text).toContain(`'${key}'`);
    }
  });

  it('have a description, an order of their own in their section, and a scope', () => {
    for (const section of contributes.configuration) {
      const settings = Object.values(section.properties);
      expect(new Set(settings.map(({ order }) => order)).size).toBe(settings.length);
      for (const { scope, markdownDescription } of settings) {
        expect(['window', 'resource', 'machine-overridable']).toContain(scope);
        expect(markdownDescription).toMatch(/^%.+%$/);
      }
    }
  });

  it('that name files are ignored where the workspace is not trusted', () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    expect([...restricted].sort()).toEqual(pathSettings.map((key) => `hessianLens.${key}`).sort());
    for (const key of pathSettings) expect(defaults.get(key)).toHaveLength(0);
  });
});

describe('texts', () => {
  const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? '');

  it('exist for every key, and every text is used', () => {
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
    for (const [key, text] of Object.entries(texts)) expect(text.trim(), key).not.toBe('');
  });
});

describe('files', () => {
  it('that the manifest names exist', () => {
    const paths = [...manifestText.matchAll(/"(?:\.\/)?((?:docs|syntaxes)\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) expect(existsSync(path), path).toBe(true);
  });

  it('of the walkthrough link only to commands that exist, and steps end by events that happen', () => {
    const keys = read('client/src/contextKeys.ts');
    for (const { description, completionEvents } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      const text = texts[description.slice(1, -1)] ?? '';
      for (const [, command] of text.matchAll(/\(command:([\w.]+)\)/g)) expect(declared).toContain(command);
      expect(completionEvents.length).toBeGreaterThan(0);
      for (const event of completionEvents) {
        const [kind, name = ''] = event.split(':');
        if (kind === 'onCommand') expect(declared).toContain(name);
        else expect(keys).toContain(`'${name}'`);
      }
    }
  });

  it('each have one custom editor by default at most, and each editor its own name', () => {
    const names = contributes.customEditors.map(({ viewType }) => viewType);
    // VS Code drops the second contribution of a name.
    expect(new Set(names).size).toBe(names.length);
    const known = read('client/src/checkpointViews.ts');
    for (const name of names) expect(known).toContain(`'${name}'`);
    const byDefault = contributes.customEditors.find(({ priority }) => priority === 'default');
    // Endings that other editors own are opened here only when asked.
    expect(byDefault?.selector.map(({ filenamePattern }) => filenamePattern)).toEqual([
      '*.safetensors',
      '*.gguf',
      '*.onnx',
    ]);
    for (const { filenamePattern } of byDefault?.selector ?? [])
      expect(checkpointViewFor(filenamePattern)).toBe(byDefault?.viewType);
    expect(checkpointViewFor('model.safetensors.index.json')).not.toBe(byDefault?.viewType);
    const onDemand = contributes.customEditors.find(({ priority }) => priority === 'option');
    const patterns = onDemand?.selector.map(({ filenamePattern }) => filenamePattern);
    // A checkpoint of TensorFlow is opened by its index.
    expect(patterns).toContain('*.index');
    expect(checkpointViewFor('run/ck-1.index')).toBe(onDemand?.viewType);
  });
});
