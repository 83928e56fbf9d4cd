/** Collects the shapes of tensors as `forward` gives them names. */
import type { Interpreter, Observer } from '../python/interpreter';
import type { Frame } from '../python/frame';
import type { Located } from '../python/source';
import { torchContext } from '../frontend/torch/tensor/context';
import { payloadOf } from '../frontend/torch/tensor/tensor';
import { PyInstance } from '../python/values';
import type { PyValue } from '../python/values';
import type { Watch } from '../frontend/torch/session';
import type { Dimension, ShapeNote } from '../protocol/reading';

/**
 * The batch size with which models are read: a large prime, so that a dimension that is a multiple of it is one of the
 * batch. No layer of a real model has it as its width.
 */
export const BATCH_MARK = 251;

export const dimensionsOf = (shape: readonly number[], batch: number): Dimension[] =>
  shape.map((size) => (batch === BATCH_MARK && size > 0 && size % batch === 0 ? { batch: size / batch } : size));

/** Places noted at most: code that unrolls thousands of steps has the same few. */
const MOST_PLACES = 5_000;
/** Different shapes of one place that are kept. */
const MOST_SHAPES = 16;

interface Noted {
  readonly frame: Frame;
  readonly place: Located;
  readonly shapes: (readonly number[])[];
  readonly dtype: string;
}

/** Watches the runs of one trace. Only the last run of `forward` counts: earlier ones tried other inputs. */
export class ShapeObserver implements Observer {
  private readonly noted = new Map<string, Noted>();
  private interpreter: Interpreter | undefined;

  /** What a trace is given. */
  watch(cancelled: (() => boolean) | undefined): Watch {
    return {
      observer: this,
      forwardBegins: (interpreter) => {
        this.interpreter = interpreter;
        this.noted.clear();
      },
      ...(cancelled === undefined ? {} : { cancelled }),
    };
  }

  named(place: Located, value: PyValue, frame: Frame): void {
    if (frame.source.isLibrary || this.interpreter !== frame.interpreter) return;
    const tensor = value instanceof PyInstance ? payloadOf(value) : undefined;
    if (tensor === undefined) return;
    if (torchContext(frame.interpreter).phase !== 'forward') return;
    const key = `${frame.source.file}:${place.start}:${place.end}`;
    const known = this.noted.get(key);
    if (known === undefined) {
      if (this.noted.size < MOST_PLACES)
        this.noted.set(key, { frame, place, shapes: [tensor.shape], dtype: tensor.dtype });
    } else if (known.shapes.length < MOST_SHAPES && !known.shapes.some((shape) => sameShape(shape, tensor.shape)))
      known.shapes.push(tensor.shape);
  }

  /** The notes of the last run. `batch`: the size its inputs had; `guessed`: nobody said what they are. */
  notes(batch: number, guessed: boolean): ShapeNote[] {
    return [...this.noted.values()].map(({ frame, place, shapes, dtype }) => ({
      place: frame.source.span(place),
      expression: frame.source.text.slice(place.start, place.end),
      shapes: shapes.map((shape) => dimensionsOf(shape, batch)),
      dtype,
      guessed,
    }));
  }
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);
