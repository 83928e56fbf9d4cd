/** Explain Conditioning, Plan Quantisation, …: a group of studies, computed where it is not there yet, and shown. */
import { isStudyGroup, studyGroups, type StudyGroup } from '../../../server/src/curvature/studies/groups';
import { clientCommands } from '../../../server/src/protocol/editor';
import { ask } from '../requests';
import type { Command, Session } from '../session';
import { chooseTarget, type Target } from '../target';
import { analyzeTarget } from './analyze';

/** One command for each group, so that the palette finds them by name. */
export const studyCommands: readonly Command[] = Object.keys(studyGroups)
  .filter(isStudyGroup)
  .map((group) => ({
    id: `${clientCommands.study}.${group}`,
    async run(session, ...args) {
      const target = await chooseTarget(session, args);
      if (target === undefined) return undefined;
      await session.panels.show(target.uri.toString(), target.model, false, group);
      return (await isThere(session, target, group)) ? undefined : analyzeTarget(session, target, group);
    },
  }));

async function isThere({ server }: Session, { uri, model }: Target, group: StudyGroup): Promise<boolean> {
  const stored = await ask(server, 'result', { uri: uri.toString(), model });
  return (
    stored?.stale.length === 0 &&
    stored.result.studies.some((each) => each.group === group && each.outdated === undefined)
  );
}
