/** Data sets by the full name of what gives them to a program. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { DataValue } from '../dataCall';
import type { DataFiles } from '../dataset';
import { kerasSets } from '../keras/catalogue';
import { openImageDirectory } from '../keras/imageDirectory';
import { openKerasSet, type OpenedSet } from '../keras/openKerasSet';
import { CSV_CALL } from '../tfjs/csvSettings';
import { MNIST_CALL, openMnistSprite } from '../tfjs/mnistSprite';
import { openCsvTable } from '../tfjs/openCsvTable';

/** Where libraries keep data. */
export interface Homes {
  /** Folders such as `~/.keras`. */
  readonly keras: readonly string[];
  /** Folders from which relative paths count. */
  readonly bases: readonly string[];
  /** The program that says what its data are. */
  readonly program: string;
}

const kerasName = /^keras\.datasets\.(\w+)$/;

/** Throws a CheckpointError. */
export function openSet(
  files: DataFiles,
  name: string,
  args: Readonly<Record<string, DataValue>>,
  homes: Homes,
): Promise<OpenedSet> {
  const known = kerasName.exec(name)?.[1] ?? '';
  if (known in kerasSets) return openKerasSet(files, known, args, homes.keras);
  if (name.endsWith('directory')) return openImageDirectory(files, args, homes.bases);
  if (name === CSV_CALL) return openCsvTable(files, args, homes.bases);
  if (name === MNIST_CALL) return openMnistSprite(files, args, homes);
  throw new CheckpointError(`${name} is not read`, name, 'data set');
}
