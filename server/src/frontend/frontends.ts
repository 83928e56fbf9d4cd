/** Which reader understands a source file: chosen by the kind of file and by what it imports. */
import type { TracedModel } from './model';
import { traceModel, type TraceRequest } from './torch/traceModel';
import { readTrainingFacts, type FactsRequest, type TrainingFacts } from './torch/trainingFacts';

/** One way in which people define networks. */
export interface Frontend {
  /** Never throws for what a file may contain. */
  readonly trace: (request: TraceRequest) => TracedModel;
  /** What a script says of training. Never throws for what a file may contain. */
  readonly trainingFacts: (request: FactsRequest) => TrainingFacts;
}

interface Row {
  /** Whether the frontend is the one for a file with this text. */
  readonly reads: (file: string, text: string) => boolean;
  readonly frontend: Frontend;
}

const torch: Frontend = { trace: traceModel, trainingFacts: readTrainingFacts };

/** The first that reads a file does; what nothing else reads is PyTorch's. */
const rows: readonly Row[] = [];

/** `text`: that of `file`; undefined where it cannot be read, which the reading then says. */
export const frontendOf = (file: string, text: string | undefined): Frontend =>
  rows.find(({ reads }) => reads(file, text ?? ''))?.frontend ?? torch;
