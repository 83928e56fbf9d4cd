/** What a user may say about a model: on the command line, in a pragma, in pyproject.toml. Nearest wins. */

export interface ModelSettings {
  readonly checkpoint?: string;
  /** Which of the checkpoint's weights: 'ema', 'model', or the path of a dictionary in it. */
  readonly weights?: string;
  readonly data?: string;
  readonly loss?: string;
  /** Of a model file with several outputs: the one that the loss is of. */
  readonly output?: string;
  /** One per positional input, in the form of `--input`. */
  readonly input?: readonly string[];
  /** Arguments of the constructor, as in `--model "Net(args)"`. */
  readonly args?: string;
  readonly batch?: number;
  readonly trainScript?: string;
  /** Table of latencies by layer and bits. */
  readonly latencies?: string;
  /** Folders of installed packages that are read; absent: those of the project's environment. Of the editor only. */
  readonly sitePackages?: readonly string[];
  readonly mode?: 'eval' | 'train';
  /** Codes of findings that are not shown. */
  readonly ignore?: readonly string[];
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Settings from names and values as they are written; `where` names the place in messages. */
export function parseModelSettings(entries: ReadonlyMap<string, unknown>, where: string): ModelSettings {
  const settings: { -readonly [K in keyof ModelSettings]: ModelSettings[K] } = {};
  for (const [key, value] of entries) {
    switch (key) {
      case 'checkpoint':
      case 'weights':
      case 'data':
      case 'loss':
      case 'output':
      case 'args':
      case 'latencies':
        settings[key] = asText(value, key, where);
        break;
      case 'input':
        settings.input = Array.isArray(value)
          ? value.map((each) => asText(each, key, where))
          : asText(value, key, where).split(';');
        break;
      case 'ignore':
        settings.ignore = Array.isArray(value)
          ? value.map((each) => asText(each, key, where))
          : asText(value, key, where).split(',');
        break;
      case 'batch':
        settings.batch = asCount(value, key, where);
        break;
      case 'train-script':
        settings.trainScript = asText(value, key, where);
        break;
      case 'mode':
        if (value !== 'eval' && value !== 'train')
          throw new SettingsError(`${where}: mode is eval or train, not ${JSON.stringify(value)}`);
        settings.mode = value;
        break;
      default:
        throw new SettingsError(
          `${where}: unknown key "${key}"; known: checkpoint, weights, data, loss, output, input, args, batch, train-script, latencies, mode, ignore`,
        );
    }
  }
  return settings;
}

function asText(value: unknown, key: string, where: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new SettingsError(`${where}: ${key} must be a text, not ${JSON.stringify(value)}`);
}

function asCount(value: unknown, key: string, where: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new SettingsError(`${where}: ${key} must be a positive whole number, not ${JSON.stringify(value)}`);
}
