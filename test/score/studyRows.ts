/** Rows of a study's table, for a trained example. */
import { analyze } from '../../server/src/curvature/analysis/analyze';
import type { StudyTable } from '../../server/src/curvature/chart';
import type { Engine } from '../../server/src/engine/engine';
import { characters, problemOfExample, type Example } from './examples';
import { analysisOptions } from './run';

/** A sample of the character model is a sequence. */
const samplesOf = (example: Example): number => (example === characters ? 24 : 128);
const SEED = 0;

/** Of the study's first table, or of that with a title. */
export async function rowsOf(
  example: Example,
  engine: Engine,
  id: 'E2' | 'E3' | 'E4',
  title?: string,
): Promise<StudyRow[]> {
  const problem = await problemOfExample(example, { trained: true, samples: samplesOf(example), seed: SEED });
  const { studies } = await analyze(problem, engine, analysisOptions([id], null));
  const tables = studies.find((study) => study.id === id)?.tables ?? [];
  const table = tables.find((each) => title === undefined || each.title === title);
  if (table === undefined) throw new Error(`${example.name}: ${id} has no table ${title ?? ''}`);
  return table.rows.map((cells) => new StudyRow(table, cells));
}

/** A row of a study's table, by the titles of its columns. */
export class StudyRow {
  constructor(
    private readonly table: StudyTable,
    private readonly cells: StudyTable['rows'][number],
  ) {}

  has(title: string): boolean {
    return this.cell(title) !== null;
  }

  text(title: string): string {
    return String(this.cell(title));
  }

  /** Throws where the cell is no finite number. */
  number(title: string): number {
    const cell = this.cell(title);
    if (typeof cell !== 'number' || !Number.isFinite(cell)) throw new Error(`${title} is ${String(cell)}`);
    return cell;
  }

  private cell(title: string): string | number | null {
    const at = this.table.columns.findIndex((column) => column.title === title);
    if (at < 0) throw new Error(`there is no column ${title}`);
    return this.cells[at] ?? null;
  }
}
