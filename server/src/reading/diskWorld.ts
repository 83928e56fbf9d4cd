/** The reading's outside world on a file system. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openCheckpointAt, type CheckpointFiles } from '../checkpoint/checkpointFiles';
import { diskSources } from '../project/diskSources';
import { configuredFor, findConfiguration, type ProjectConfiguration } from '../project/configuration';
import { relativeTo } from '../project/modelSettings';
import type { ModelSettings } from '../project/settings';
import { DiskDataFiles } from '../project/diskDataFiles';
import type { InputSpec } from '../frontend/model';
import { inputSpecsOf, openData } from '../worker/loadSamples';
import { findTrainingScript, searchedText, type Unsaved } from '../project/trainingScript';
import { demonstrationsOf } from '../project/demonstrations';
import { usersOf } from '../project/usersOf';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import { DefinitionCache } from './definitionCache';
import { openingFailure, type OpenedCheckpoint } from './checkpointFit';
import type { ReadingWorld } from './readFile';
import type { ReadingRequest } from './readingRequest';

type Remembered = OpenedCheckpoint & { readonly modified: number; readonly size: number };

/** Milliseconds for which the search for a training script holds: it looks through folders. */
const SCRIPT_HOLDS = 3_000;
const MOST_REMEMBERED = 200;

/** Remembers indexes of checkpoints by time of change, and which script trains which file. */
export class DiskWorlds {
  private readonly cache = new DefinitionCache();
  private readonly facts = new Map<string, TrainingFacts>();
  private readonly checkpoints = new Map<string, Remembered>();
  private readonly data = new Map<
    string,
    { readonly specs: readonly InputSpec[] | undefined; readonly modified: number; readonly size: number }
  >();
  private readonly scripts = new Map<
    string,
    { readonly found: string | undefined; readonly at: number; readonly searched: string }
  >();
  private readonly users = new FileLists();
  private readonly demonstrations = new FileLists();

  worldFor({ root, overlays, file, text, settings }: ReadingRequest, cancelled: () => boolean): ReadingWorld {
    const overlay = new Map([...Object.entries(overlays), [file, text] as const]);
    return {
      sources: diskSources({ root, overlay, sitePackages: settings.sitePackages }),
      hash: (value) => createHash('sha256').update(value).digest('hex'),
      trainingScript: (of) => this.scriptFor(of, root, overlay),
      users: (of) => this.users.of(of, () => usersOf(of, root)),
      demonstrations: (of) => this.demonstrations.of(of, () => demonstrationsOf(of, root)),
      configuration: configurations(),
      locate: (path, fromFile, folders) =>
        locatePath(path, fromFile, root, folders === undefined ? isFile : existsSync),
      openCheckpoint: (path) => this.open(path),
      openData: (path) => this.openData(path),
      withFiles,
      cache: this.cache,
      facts: this.facts,
      cancelled,
    };
  }

  private async openData(path: string): Promise<readonly InputSpec[] | undefined> {
    if (!quickData.test(path)) return undefined;
    const { mtimeMs: modified, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: -1 }));
    const known = this.data.get(path);
    if (known?.modified === modified && known.size === size) return known.specs;
    const specs = await specsIn(path);
    if (this.data.size >= MOST_REMEMBERED) this.data.clear();
    this.data.set(path, { specs, modified, size });
    return specs;
  }

  private scriptFor(file: string, root: string, unsaved: Unsaved): string | undefined {
    const known = this.scripts.get(file);
    const searched = searchedText(unsaved);
    if (known?.searched === searched && performance.now() - known.at < SCRIPT_HOLDS) return known.found;
    const found = existsSync(file) ? findTrainingScript(file, root, unsaved) : undefined;
    this.scripts.set(file, { found, at: performance.now(), searched });
    return found;
  }

  private async open(path: string): Promise<Remembered> {
    const { mtimeMs: modified, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: -1 }));
    const known = this.checkpoints.get(path);
    if (known?.modified === modified && known.size === size) return known;
    const opened = { ...(await openIndex(path)), modified, size };
    if (this.checkpoints.size >= MOST_REMEMBERED) this.checkpoints.clear();
    this.checkpoints.set(path, opened);
    return opened;
  }
}

/** What was found for a file in its project's folders. */
class FileLists {
  private readonly known = new Map<string, { readonly found: readonly string[]; readonly at: number }>();

  of(file: string, find: () => readonly string[]): readonly string[] {
    const known = this.known.get(file);
    if (known !== undefined && performance.now() - known.at < SCRIPT_HOLDS) return known.found;
    const found = existsSync(file) ? find() : [];
    this.known.set(file, { found, at: performance.now() });
    return found;
  }
}

async function withFiles<T>(use: (files: CheckpointFiles) => Promise<T>): Promise<T> {
  const files = new DiskDataFiles();
  try {
    return await use(files);
  } finally {
    await files.close();
  }
}

/** Formats whose beginning tells the shapes. */
const quickData = /\.(npz|npy|safetensors)$/i;

async function specsIn(path: string): Promise<readonly InputSpec[] | undefined> {
  const files = new DiskDataFiles();
  try {
    const dataset = await openData(files, path);
    return inputSpecsOf(dataset);
  } catch {
    // What is no data set says nothing; an analysis of it says why.
    return undefined;
  } finally {
    await files.close();
  }
}

/** The index stays usable after the file is closed: names and shapes are in it. */
async function openIndex(path: string): Promise<OpenedCheckpoint> {
  const files = new DiskDataFiles();
  try {
    return { ok: true, checkpoint: await openCheckpointAt(files, path, 'whole') };
  } catch (error) {
    return { ok: false, reason: openingFailure(error) };
  } finally {
    await files.close();
  }
}

/** What pyproject.toml says of models; found once for a reading. Paths in it count from its folder. */
function configurations(): (file: string, model: string) => ModelSettings {
  const found = new Map<string, ProjectConfiguration | undefined>();
  return (file, model) => {
    const configuration = found.has(file) ? found.get(file) : findConfiguration(file);
    found.set(file, configuration);
    if (configuration === undefined) return {};
    return relativeTo(configuration.file, configuredFor(configuration, model));
  };
}

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** A path as scripts mean it: from the folder of the script, else from the project's root. */
function locatePath(
  path: string,
  fromFile: string,
  root: string,
  accepts: (path: string) => boolean,
): string | undefined {
  return [resolve(dirname(fromFile), path), join(root, path)].find(accepts);
}
