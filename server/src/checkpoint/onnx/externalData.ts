/** Elements of ONNX's tensors that are kept in other files of the model's folder. */
import { ByteRange, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import { staysInFolder } from '../staysInFolder';
import type { EntryMessage } from './schema';

/** Opens a file in the model's folder by its relative path. */
export type OpenBeside = (path: string) => Promise<ByteSource>;

export class ExternalData {
  private readonly opened = new Map<string, ByteSource>();
  constructor(
    private readonly model: string,
    private readonly openBeside: OpenBeside | undefined,
  ) {}

  /** In the order in which they are first named. */
  get files(): ByteSource[] {
    return [...this.opened.values()];
  }

  /** Of the initialiser `name`; undefined where no files are given. Throws a CheckpointError for places outside the folder. */
  async bytes(name: string, entries: readonly EntryMessage[], expected: number): Promise<ByteSource | undefined> {
    const entry = (key: string): string | undefined => entries.find((each) => each.key === key)?.value;
    const location = entry('location') ?? '';
    const where = `initialiser '${name}'`;
    if (!staysInFolder(location))
      throw new CheckpointError(
        `its data are said to be in '${location.slice(0, 200)}', which is outside the model's folder`,
        this.model,
        where,
        'Only files beside the model are read. Put the data there and save the model again.',
      );
    if (this.openBeside === undefined) return undefined;
    const file = this.opened.get(location) ?? (await this.openBeside(location));
    this.opened.set(location, file);
    const number = (key: string, otherwise: number): number => {
      const text = entry(key);
      if (text === undefined) return otherwise;
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new CheckpointError(`'${text.slice(0, 40)}' is no ${key}`, this.model, where, 'Export the model again.');
    };
    return new ByteRange(file, number('offset', 0), number('length', expected));
  }
}
