import { readStart, type ByteSource } from './byteSource';
import { CheckpointError, damageReason } from './checkpointError';
import type { Checkpoint } from './checkpoint';
import { assembleCheckpoint } from './assemble';
import { newContext, type Format, type FormatContents, type ReadingContext } from './format';
import { barePickle } from './formats/barePickle';
import { gguf } from './formats/gguf';
import { hdf5 } from './formats/hdf5';
import { kerasArchive } from './formats/kerasArchive';
import { npz } from './formats/npz';
import { onnx } from './formats/onnx';
import { safetensors } from './formats/safetensors';
import { tensorflow } from './formats/tensorflow';
import { tfjs } from './formats/tfjs';
import { torchLegacy } from './formats/torchLegacy';
import { torchScript } from './formats/torchScript';
import { torchZip } from './formats/torchZip';

const formats: readonly Format[] = [
  gguf,
  safetensors,
  torchZip,
  torchScript,
  npz,
  kerasArchive,
  hdf5,
  onnx,
  tfjs,
  tensorflow,
  torchLegacy,
  barePickle,
];

/**
 * Opens a checkpoint by its content, whatever its name. Tensors are read when they are asked for.
 * Throws a CheckpointError that says what the file is instead, or where it is damaged.
 */
export async function openCheckpoint(source: ByteSource): Promise<Checkpoint> {
  return assembleCheckpoint(source.name, [source], await readContents(source, newContext()));
}

/** As `openCheckpoint`, for a file that may be one of several of a checkpoint. */
export async function readContents(source: ByteSource, context: ReadingContext): Promise<FormatContents> {
  try {
    for (const format of formats) if (await format.match(source)) return await format.read(source, context);
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const reason = damageReason(error);
    throw new CheckpointError(`cannot be read: ${reason}`, source.name, 'file', 'The file is damaged.');
  }
  throw await unrecognised(source);
}

/** Where a tar archive says 'ustar'. */
const TAR_MARK = 257;

interface KnownFile {
  readonly start: string;
  readonly reason: string;
  readonly hint: string;
}

/** Files that people have in place of a checkpoint, by their first bytes (Latin-1). */
const knownFiles: readonly KnownFile[] = [
  {
    start: 'version https://git-lfs',
    reason: 'this is a Git LFS pointer, not the file itself',
    hint: 'Run git lfs pull.',
  },
  { start: '\u001f\u008b', reason: 'this is a gzip file', hint: 'Unpack it first.' },
  {
    start: '\u0093NUMPY',
    reason: 'this is a single numpy array',
    hint: 'Save the parameters by name with numpy.savez.',
  },
  {
    start: 'PK',
    reason: 'this zip archive is neither of torch nor of numpy',
    hint: 'Give the file that torch.save wrote.',
  },
  { start: '<', reason: 'this is a web page or XML', hint: 'Download the file itself.' },
];

async function unrecognised(source: ByteSource): Promise<CheckpointError> {
  if (source.size === 0)
    return new CheckpointError('the file is empty', source.name, 'byte 0', 'Save the checkpoint again.');
  const start = Buffer.from(await readStart(source, TAR_MARK + 5)).toString('latin1');
  if (start.startsWith('ustar', TAR_MARK))
    return new CheckpointError(
      'this is a tar archive, as PyTorch wrote before 0.1.12',
      source.name,
      'byte 0',
      'Unpack it, or load it with torch.load and save it again.',
    );
  const known = knownFiles.find((file) => start.trimStart().startsWith(file.start));
  return new CheckpointError(
    known?.reason ?? 'the format is not recognised',
    source.name,
    'byte 0',
    known?.hint ??
      'Read are .safetensors, files of torch.save and torch.jit.save, pickles of arrays, .npz, .keras, .h5, .index of TensorFlow, .gguf, .onnx and model.json of TensorFlow.js.',
  );
}
