/** Pictures of a study as plain data; the panels, the HTML report and the terminal draw them, and every one can be shown as a table. */

export interface Axis {
  /** With its unit, e.g. `learning rate`. */
  readonly title: string;
  readonly scale: 'linear' | 'log';
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** 95 % interval of y, where it is known. */
  readonly low?: number;
  readonly high?: number;
  /** What a reader sees when pointing at it. */
  readonly label?: string;
  /** A sample of the data set that it stands for. */
  readonly sample?: number;
}

/** A reference line: a limit, or what the code uses now. */
export interface Mark {
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label: string;
}

interface Titled {
  /** Unique within its study. */
  readonly title: string;
  /** How to read it, in one or two sentences. */
  readonly caption?: string;
}

/** Curves, point clouds, or steps over two axes. */
export interface LineChart extends Titled {
  readonly kind: 'lines';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly {
    readonly name: string;
    readonly style: 'line' | 'points' | 'steps';
    readonly points: readonly Point[];
  }[];
  readonly marks?: readonly Mark[];
}

/** One bar per category, several series side by side. */
export interface BarChart extends Titled {
  readonly kind: 'bars';
  readonly categories: readonly string[];
  readonly y: Axis;
  readonly series: readonly {
    readonly name: string;
    /** In the order of the categories; null: not computed. */
    readonly values: readonly (number | null)[];
    readonly low?: readonly (number | null)[];
    readonly high?: readonly (number | null)[];
  }[];
  readonly marks?: readonly Mark[];
}

/** Counts in bins; `edges` has one more entry than `counts`. */
export interface Histogram extends Titled {
  readonly kind: 'histogram';
  readonly x: Axis;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly marks?: readonly Mark[];
}

/** A matrix of values, drawn as colours. */
export interface HeatMap extends Titled {
  readonly kind: 'heatmap';
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** values[row][column]; null: not computed. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Unit of the values. */
  readonly unit: string;
  readonly scale: 'linear' | 'log' | 'diverging';
}

export type Chart = LineChart | BarChart | Histogram | HeatMap;

/** A table of results that are not quantities of their own (samples, bit widths, optimizers). */
export interface StudyTable extends Titled {
  readonly columns: readonly { readonly title: string; readonly unit?: string }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Number of the sample that each row is about, where it is about one. */
  readonly samples?: readonly number[];
}
