import { inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { ByteRange, MemoryByteSource, readStart, requireRange, type ByteSource } from '../byteSource';
import { CheckpointError, damageReason } from '../checkpointError';
import { crc32 } from './crc32';

const MOST_ENTRIES = 200_000;

/** A deflated entry above this size must not be smaller than 1/200 of it: a bound against zip bombs. */
const BOMB_SIZE = 64 * 2 ** 20;
const BOMB_RATIO = 200;
/** Inflated entries are held in memory. */
const LARGEST_INFLATED = 2 ** 31;

const STORED = 0;
const DEFLATED = 8;

export const hasZipSignature = async (source: ByteSource): Promise<boolean> => {
  const [p, k, three, four] = await readStart(source, 4);
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
};

/** A zip or zip64 archive with random access: stored entries are ranges of the file. */
export class ZipArchive {
  private constructor(
    private readonly source: ByteSource,
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** Reads the central directory. Throws a CheckpointError when it is damaged, as in a truncated file. */
  static async open(source: ByteSource): Promise<ZipArchive> {
    const entries = new Map<string, Entry>();
    try {
      const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, { autoClose: false });
      for await (const entry of zip.eachEntry()) {
        if (entries.size >= MOST_ENTRIES) throw new Error(`the archive has more than ${MOST_ENTRIES} entries`);
        if (entries.has(entry.fileName)) throw new Error(`two entries are named '${entry.fileName}'`);
        entries.set(entry.fileName, entry);
      }
      return new ZipArchive(source, zip, entries);
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw damaged(source, 'zip directory', error);
    }
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The content of an entry. A stored entry is not read here; a deflated one is inflated into memory. */
  async entry(name: string): Promise<ByteSource> {
    const entry = this.entries.get(name);
    if (entry === undefined)
      throw new CheckpointError(`the archive has no entry '${name}'`, this.source.name, 'zip directory');
    if (entry.isEncrypted())
      throw new CheckpointError(
        'the entry is encrypted',
        this.source.name,
        `entry '${name}'`,
        'Save it without a password.',
      );
    const raw = await this.rawRange(entry);
    if (entry.compressionMethod === STORED) return new ZipEntrySource(raw, entry, this.source.name);
    if (entry.compressionMethod === DEFLATED) return this.inflated(entry, raw);
    throw new CheckpointError(
      `the entry uses zip compression method ${entry.compressionMethod}; stored and deflated are read`,
      this.source.name,
      `entry '${name}'`,
      'Save the file again with the usual settings.',
    );
  }

  private async rawRange(entry: Entry): Promise<ByteSource> {
    try {
      const { fileDataStart } = await this.zip.readLocalFileHeaderPromise(entry, { minimal: true });
      return new ByteRange(this.source, fileDataStart, entry.compressedSize);
    } catch (error) {
      throw damaged(this.source, `entry '${entry.fileName}'`, error);
    }
  }

  private async inflated(entry: Entry, raw: ByteSource): Promise<ByteSource> {
    const { uncompressedSize, compressedSize, fileName } = entry;
    const where = `entry '${fileName}'`;
    const isBomb = uncompressedSize > BOMB_SIZE && uncompressedSize > BOMB_RATIO * compressedSize;
    if (isBomb || uncompressedSize > LARGEST_INFLATED)
      throw new CheckpointError(
        `the entry would inflate from ${compressedSize} to ${uncompressedSize} bytes`,
        this.source.name,
        where,
        'Save the file without compression if this is intended.',
      );
    try {
      const bytes = await inflateRawAsync(await raw.read(0, compressedSize), {
        maxOutputLength: Math.max(1, uncompressedSize),
      });
      if (bytes.length !== uncompressedSize) throw new Error(`${bytes.length} bytes instead of ${uncompressedSize}`);
      requireChecksum(crc32(bytes), entry, this.source.name);
      return new MemoryByteSource(this.source.name, bytes);
    } catch (error) {
      throw damaged(this.source, where, error);
    }
  }
}

const inflateRawAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

/** A stored entry. Its checksum is verified whenever it is read from its beginning to its end, at once or in consecutive pieces. */
class ZipEntrySource implements ByteSource {
  readonly size: number;
  /** How far the entry was read without a gap, and the checksum up to there. */
  private readUpTo = 0;
  private checksum = 0;

  constructor(
    private readonly range: ByteSource,
    private readonly zipEntry: Entry,
    readonly name: string,
  ) {
    this.size = range.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.range.read(offset, length);
    if (offset === 0) this.readUpTo = this.checksum = 0;
    if (offset !== this.readUpTo || length === 0 || this.zipEntry.crc32 === 0) return bytes;
    this.readUpTo += length;
    // A piece that may be the only one wanted, such as a header, costs little beside reading it.
    this.checksum = crc32(bytes, this.checksum);
    if (this.readUpTo === this.size) requireChecksum(this.checksum, this.zipEntry, this.name);
    return bytes;
  }
}

/** A zero checksum was never computed (torch's `set_crc32_options(False)`). */
function requireChecksum(found: number, entry: Entry, file: string): void {
  if (entry.crc32 === 0 || found === entry.crc32) return;
  throw new CheckpointError(
    'the checksum does not match: the bytes are damaged',
    file,
    `entry '${entry.fileName}'`,
    'Copy or save the file again.',
  );
}

function damaged(source: ByteSource, where: string, error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const reason = damageReason(error);
  return new CheckpointError(
    `damaged zip archive: ${reason}`,
    source.name,
    where,
    'The file is truncated or damaged; copy or save it again.',
  );
}

const BLOCK = 1 << 16;

/** yauzl reads the directory in tiny pieces; one cached block serves most of them. */
class SourceReader extends RandomAccessReader {
  private blockStart = 0;
  private block: Uint8Array = new Uint8Array(0);

  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.load(length, position).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async load(length: number, position: number): Promise<Uint8Array> {
    const start = position - this.blockStart;
    if (start >= 0 && start + length <= this.block.length) return this.block.subarray(start, start + length);
    requireRange(this.source, position, length);
    this.blockStart = position;
    this.block = await this.source.read(position, Math.max(length, Math.min(BLOCK, this.source.size - position)));
    return this.block.subarray(0, length);
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}
