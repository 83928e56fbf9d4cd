/** The health of a checkpoint by itself (catalogue S3): HL403 and HL404 without any code that names it. */
import type { TensorStatistics } from '../checkpoint/health';
import type { Finding } from './finding';

/** Damage and danger that were seen while a checkpoint was opened. */
export interface CheckpointWarning {
  readonly code: string;
  readonly message: string;
  /** The place inside the file. */
  readonly where: string;
}

/** Names shown of the tensors that have the same fault. */
const MOST_NAMES = 5;

/** `statistics`: of the tensors that were read, by name. */
export function checkpointFindings(
  file: string,
  warnings: readonly CheckpointWarning[],
  statistics: ReadonlyMap<string, TensorStatistics>,
): Finding[] {
  const finding = (code: string, severity: Finding['severity'], message: string): Finding => ({
    file,
    line: 1,
    column: 1,
    endColumn: 2,
    code,
    severity,
    message,
    related: [],
  });
  const ill = faults.flatMap(({ name, has, severity }) => {
    const tensors = [...statistics].filter(([, each]) => has(each)).map(([tensor]) => tensor);
    return tensors.length === 0 ? [] : [finding('HL403', severity, `${name} in ${listed(tensors)}`)];
  });
  return [
    ...warnings.map(({ code, message, where }) =>
      code === 'HL404'
        ? finding(
            code,
            'error',
            `The file would run code when loaded: ${message} (${where}). Nothing was executed here.`,
          )
        : finding(code, 'warning', `${message} (${where})`),
    ),
    ...ill,
  ];
}

/** Of what training should never save to what it may. */
const faults: readonly {
  readonly name: string;
  readonly severity: Finding['severity'];
  readonly has: (statistics: TensorStatistics) => boolean;
}[] = [
  { name: 'NaN', severity: 'warning', has: ({ nan }) => nan > 0 },
  { name: 'Infinite values', severity: 'warning', has: ({ infinite }) => infinite > 0 },
  // A bias or a buffer may well be zero; what matters is a matrix, and that is the listing's to show.
  { name: 'Denormal values', severity: 'information', has: ({ denormal }) => denormal > 0 },
];

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more tensors`;
