/** Study…: computes a group of studies that the user picks, or that the panel shows. */
import * as vscode from 'vscode';
import { isStudyGroup, studyGroups, type StudyGroup } from '../../../server/src/curvature/studies/groups';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Command } from '../session';
import { chooseTarget } from '../target';
import { analyzeTarget } from './analyze';

const groups = Object.keys(studyGroups).filter(isStudyGroup);

/** [uri?, model?, group?]; computes anew what is there already. */
export const study: Command = {
  id: clientCommands.study,
  async run(session, ...args) {
    const [, , named] = args;
    const group = typeof named === 'string' && isStudyGroup(named) ? named : await pickGroup();
    const target = group === undefined ? undefined : await chooseTarget(session, args);
    return group === undefined || target === undefined ? undefined : analyzeTarget(session, target, group);
  },
};

async function pickGroup(): Promise<StudyGroup | undefined> {
  const picked = await vscode.window.showQuickPick(
    groups.map((group) => ({ label: studyGroups[group].title, detail: studyGroups[group].about, group })),
    { title: vscode.l10n.t('Hessian Lens: choose what to study'), matchOnDetail: true },
  );
  return picked?.group;
}
