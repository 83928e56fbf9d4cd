import { writeFileSync } from 'node:fs';
import { UsageError } from './arguments';

/** Throws `UsageError` where the file cannot be written. */
export function writeReport(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new UsageError(
      `the report cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
