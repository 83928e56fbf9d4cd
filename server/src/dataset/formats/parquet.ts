/**
 * Parquet tables, through hyparquet. What a file declares is checked before that package believes it: sizes, numbers of
 * values and pages. Images (Hugging Face's struct of `bytes` and `path`) are read a row group at a time.
 */
import * as zlib from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, snappyUncompress } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { contentHash } from '../../checkpoint/assemble';
import { readStart, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError, damageReason } from '../../checkpoint/checkpointError';
import type { Dataset, DatasetOptions } from '../dataset';
import { decodeImage } from '../images/decodeImage';
import { ImageError } from '../images/imageError';
import type { PictureSource } from '../pictures';
import { RecordColumns } from '../records';
import { tableDataset, type Column } from '../table';

const LARGEST_METADATA = 1 << 24;
/** Bytes of one column of a row group, unpacked, and values in one of its pages. */
const LARGEST_CHUNK = 1 << 29;
const LARGEST_PAGE = 1 << 28;
const MOST_VALUES = 1 << 24;
const MOST_ROWS = 1 << 24;
const MOST_GROUPS = 1 << 14;
/** A header with statistics takes a few hundred bytes. */
const LARGEST_HEADER = 1 << 16;
/** Continuation bytes of a number that is read as one would take quadratic time. */
const LONGEST_RUN = 1 << 14;

export const isParquet = async (source: ByteSource): Promise<boolean> =>
  Buffer.from(await readStart(source, 4)).toString('latin1') === 'PAR1';

/** Throws a CheckpointError for damaged files and kinds of packing that this Node does not have. */
export async function openParquet(source: ByteSource, { transform }: DatasetOptions): Promise<Dataset> {
  const file = new ParquetFile(source);
  const metadata = await file.attempt('metadata', () => file.readMetadata());
  const rows = Number(metadata.num_rows);
  const schema = await file.attempt('schema', () => Promise.resolve(parquetSchema(metadata)));
  const images = schema.children.filter(
    ({ children, element }) =>
      children.some((child) => child.element.name === 'bytes' && child.element.type === 'BYTE_ARRAY') ||
      (element.type === 'BYTE_ARRAY' && element.converted_type === undefined && element.logical_type === undefined),
  );
  const picturesFrom = images.map(({ element }) => element.name);
  const others = schema.children.map(({ element }) => element.name).filter((name) => !picturesFrom.includes(name));
  const columns = new RecordColumns(source.name, floatsIn(schema));
  for (const index of file.groups.keys())
    for (const row of await file.read(index, others)) columns.add(row, `row ${columns.rows}`);
  const pictures = picturesFrom.map((name): Column => ({
    kind: 'images',
    name,
    pictures: new ParquetPictures(file, name, rows),
  }));
  return tableDataset(
    {
      file: source.name,
      rows,
      columns: [...pictures, ...columns.finish()],
      named: true,
      storedType: 'parquet',
      hash: () => contentHash(source),
    },
    transform,
  );
}

/** Columns whose numbers, however deep in lists, are floating. */
function floatsIn({ children }: SchemaTree): Set<string> {
  const isFloat = ({ element, children: inner }: SchemaTree): boolean =>
    element.type === 'FLOAT' || element.type === 'DOUBLE' || inner.some(isFloat);
  return new Set(children.filter(isFloat).map(({ element }) => element.name));
}

interface Group {
  readonly start: number;
  readonly end: number;
}

class ParquetFile {
  private readonly buffer: AsyncBuffer;
  private metadata: FileMetaData | undefined;
  groups: readonly Group[] = [];
  constructor(readonly source: ByteSource) {
    this.buffer = {
      byteLength: source.size,
      // Exactly the bytes: hyparquet looks at whole buffers.
      slice(start, end = source.size) {
        const bytes = source.read(start, end - start).then((read) => new Uint8Array(read).slice().buffer);
        // One of several that fail is reported; the others must not count as unhandled.
        bytes.catch(() => undefined);
        return bytes;
      },
    };
  }

  async readMetadata(): Promise<FileMetaData> {
    const tail = await this.source.read(this.source.size - 8, 8);
    const length = new DataView(tail.buffer, tail.byteOffset, 8).getUint32(0, true);
    if (length > LARGEST_METADATA) throw new Error(`the metadata take ${length} bytes`);
    requireShortRuns(await this.source.read(this.source.size - 8 - length, length));
    const metadata = await parquetMetadataAsync(this.buffer, { geoparquet: false });
    if (Number(metadata.num_rows) > MOST_ROWS || metadata.row_groups.length > MOST_GROUPS)
      throw new Error(`${metadata.num_rows} rows in ${metadata.row_groups.length} groups`);
    let start = 0;
    this.groups = metadata.row_groups.map((group) => ({ start, end: (start += Number(group.num_rows)) }));
    if (start !== Number(metadata.num_rows)) throw new Error('the row groups do not add up');
    requireSchemaColumns(metadata);
    return (this.metadata = metadata);
  }

  /** Rows of one group as objects. */
  async read(group: number, columns: string[]): Promise<Record<string, unknown>[]> {
    const { metadata } = this;
    const { start: rowStart, end: rowEnd } = this.groups[group] ?? { start: 0, end: 0 };
    if (columns.length === 0 || metadata === undefined || rowEnd === rowStart) return [];
    return this.attempt(`row group ${group}`, async () => {
      await this.checkPages(metadata, group, columns);
      const { buffer: file } = this;
      const rows = await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors, utf8: false });
      if (rows.length !== rowEnd - rowStart) throw new Error(`${rows.length} rows instead of ${rowEnd - rowStart}`);
      return rows;
    });
  }

  /** Walks the headers of the pages: a page must not unpack to more, or hold more values, than any real one. */
  private async checkPages(
    { row_groups: groups }: FileMetaData,
    group: number,
    columns: readonly string[],
  ): Promise<void> {
    for (const { meta_data: chunk } of groups[group]?.columns ?? []) {
      if (chunk === undefined || !columns.includes(chunk.path_in_schema[0] ?? '')) continue;
      if (!isNamed(chunk.codec)) throw new Error('a column is packed in a way that is not defined');
      if (Number(chunk.total_uncompressed_size) > LARGEST_CHUNK)
        throw new Error(`a column takes ${chunk.total_uncompressed_size} bytes`);
      const first = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
      const start = Math.min(first, Number(chunk.data_page_offset));
      const size = Number(chunk.total_compressed_size);
      if (![start, size].every(Number.isSafeInteger)) throw new Error('the place of a column is damaged');
      const bytes = await this.source.read(start, size);
      let [at, values, unpacked] = [0, 0, 0];
      while (at < bytes.length - 1) {
        const length = Math.min(LARGEST_HEADER, bytes.length - at);
        const reader = { view: new DataView(bytes.buffer, bytes.byteOffset + at, length), offset: 0 };
        const header = parquetHeader(reader);
        values +=
          (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)?.num_values ?? 0;
        unpacked += header.uncompressed_page_size;
        const pageSize = header.compressed_page_size;
        if (![pageSize, values, unpacked].every((each) => each >= 0))
          throw new Error('the header of a page is damaged');
        if (values > MOST_VALUES || unpacked > LARGEST_CHUNK)
          throw new Error(`the pages of a column declare ${values} values in ${unpacked} bytes`);
        at += reader.offset + pageSize;
      }
    }
  }

  async attempt<T>(where: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      const found = damageReason(error);
      // The library writes what it looked for in vain into its messages.
      const reason = found.includes('undefined') ? damageReason(undefined) : found;
      const hint = reason.includes('codec')
        ? "Write it with compression='snappy' or 'gzip'."
        : 'The file is damaged; write it again.';
      throw new CheckpointError(`cannot be read as Parquet: ${reason}`, this.source.name, where, hint);
    }
  }
}

/** The library gives undefined for numbers without a meaning, which its types do not say. */
const isNamed = (codec: unknown): boolean => typeof codec === 'string';

/** Every row group holds the columns of the schema, each once and in order. */
function requireSchemaColumns(metadata: FileMetaData): void {
  const leaves: string[] = [];
  const visit = ({ path, children }: SchemaTree): void => {
    if (children.length === 0) leaves.push(path.join('.'));
    else for (const child of children) visit(child);
  };
  visit(parquetSchema(metadata));
  const wanted = leaves.join('\n');
  for (const { columns } of metadata.row_groups)
    if (columns.map(({ meta_data: chunk }) => chunk?.path_in_schema.join('.')).join('\n') !== wanted)
      throw new Error('a row group does not hold the columns of the schema');
}

function requireShortRuns(bytes: Uint8Array): void {
  let run = 0;
  for (const byte of bytes) {
    run = byte >= 0x80 ? run + 1 : 0;
    if (run > LONGEST_RUN) throw new Error('the metadata hold a number without end');
  }
}

type Unpack = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Unpacks to `size` bytes at most. */
const bounded =
  (unpack: Unpack) =>
  (bytes: Uint8Array, size: number): Uint8Array => {
    if (size > LARGEST_PAGE) throw new Error(`a page unpacks to ${size} bytes`);
    return unpack(bytes, { maxOutputLength: Math.max(1, size) });
  };

function unpackSnappy(bytes: Uint8Array, size: number): Uint8Array {
  if (size > LARGEST_PAGE) throw new Error(`a page unpacks to ${size} bytes`);
  const unpacked = new Uint8Array(size);
  snappyUncompress(bytes, unpacked);
  return unpacked;
}

/** Node has it from 22.15 on. */
const zstd = (zlib as { readonly zstdDecompressSync?: Unpack }).zstdDecompressSync;

const compressors: Compressors = {
  SNAPPY: unpackSnappy,
  GZIP: bounded(zlib.gunzipSync),
  BROTLI: bounded(zlib.brotliDecompressSync),
  ...(zstd === undefined ? {} : { ZSTD: bounded(zstd) }),
};

/** The images of a column; the last row group that was asked for is kept. */
class ParquetPictures implements PictureSource {
  readonly storedType = 'image';
  private kept: { readonly group: number; readonly rows: Promise<Record<string, unknown>[]> } | undefined;
  constructor(
    private readonly file: ParquetFile,
    readonly name: string,
    readonly size: number,
  ) {}

  async picture(index: number): Promise<Awaited<ReturnType<PictureSource['picture']>>> {
    const group = this.file.groups.findIndex(({ start, end }) => index >= start && index < end);
    if (this.kept?.group !== group) this.kept = { group, rows: this.file.read(group, [this.name]) };
    const row = (await this.kept.rows)[index - (this.file.groups[group]?.start ?? 0)];
    const cell = row?.[this.name];
    const inner: unknown = typeof cell === 'object' && cell !== null && 'bytes' in cell ? cell.bytes : cell;
    if (!(inner instanceof Uint8Array)) throw new ImageError('there are no bytes of an image');
    const { channels, height, width, data } = await decodeImage(inner);
    return { shape: [channels, height, width], data, form: 'image' };
  }

  placeOf(index: number): { readonly file: string; readonly where: string } {
    return { file: this.file.source.name, where: `column '${this.name}', row ${index}` };
  }
}
