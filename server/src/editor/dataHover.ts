/** What a model is trained on: the data set that the code makes, and what `fit` is given of it. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { kerasSets } from '../dataset/keras/catalogue';
import { below } from '../dataset/keras/places';
import { describePrepared, preparedText } from '../dataset/preparation/describePrepared';
import type { PreparedData } from '../dataset/preparation/preparedData';
import { madeSet } from '../dataset/torchvision/places';
import { sampleShapeOf } from '../dataset/torchvision/sampleShape';
import type { DatasetFact, TrainingFacts } from '../frontend/torch/facts/facts';
import { kerasHomes } from '../project/kerasHomes';
import type { Part } from './hoverText';
import { shapeText } from './wording';

export function dataPart(training: TrainingFacts | null, line: number): Part[] {
  if (training === null) return [];
  const { fitted, datasets, file } = training;
  const isHere = ({ span }: { readonly span: DatasetFact['span'] }): boolean =>
    line >= span.line && line <= span.endLine;
  return [
    ...datasets
      .filter(isHere)
      .slice(0, 1)
      .flatMap((fact) => setPart(fact, file)),
    ...(fitted !== null && isHere(fitted) ? [{ place: fitted.span, text: fittedText(fitted.value, file) }] : []),
  ];
}

function setPart({ value, span }: DatasetFact, script: string): Part[] {
  const sample = sampleShapeOf(value);
  if (sample === undefined) return [];
  const { shape, dtype, classes } = sample;
  const sizes = `samples of ${shapeText(shape)} ${dtype}${classes === undefined ? '' : `, ${classes} classes`}`;
  const made = madeSet(value);
  const paths = made?.places.map((place) => resolve(dirname(script), made.root, place)) ?? [];
  return [{ place: span, text: `**${value.name}** — ${sizes}${whereText(paths)}` }];
}

function fittedText(data: NonNullable<TrainingFacts['fitted']>['value'], script: string): string {
  if ('unfollowed' in data)
    return `**Data** — not followed: ${data.unfollowed}. Save a part of the samples as .npz and choose that file.`;
  return `**Data** — ${preparedText(describePrepared(data))}${whereText(pathsOf(data, script))}`;
}

/** Where the first set is looked for. */
function pathsOf({ sources: [source] }: PreparedData, script: string): readonly string[] {
  if (source === undefined) return [];
  const { name, named } = source.call;
  const { directory } = named;
  if (typeof directory === 'string') return [resolve(dirname(script), directory)];
  return below(kerasHomes(), kerasSets[name.replace('keras.datasets.', '')]?.places(named) ?? []);
}

function whereText(paths: readonly string[]): string {
  const [first] = paths;
  if (first === undefined) return '';
  const found = paths.find((path) => existsSync(path));
  return found === undefined ? `  \nNot there: looked for ${first}` : `  \nIn ${found}`;
}
