import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { MessageMarks } from '../messages/message-marks';
import { type MessageEngagement } from '../messages/messages.types';
import { type Tx } from '../platform/database/database';
import { hitsOfMails, lockMails, mailsToJudge, marksOfHits, neighbours, writeVerdicts } from './data/judge-hits.sql';
import { RULE_VERSION } from './domain/classify-hit';
import { BURST_MS, type HitMail, judgeHits, type KeptHit } from './domain/judge-hits';
import { HitWatches } from './hit-watch';

/** Neighbouring mails that are looked at beside those asked for. */
const NEIGHBOURS = 2_000;

type StoredHit = KeptHit & { ruleVersion: number };

/** Judges the hits of mails by the rules of now, and takes back what had been counted as people. */
@Injectable()
export class HitJudge {
  constructor(
    private readonly marks: MessageMarks,
    private readonly clock: Clock,
    private readonly watches: HitWatches,
  ) {}

  /**
   * Judges all opens and clicks of these mails, and the clicks on mails to the same domains at the same time. Marks of
   * mails (`openedAt`, `clickedAt`, the machine marks) are made anew where a verdict has changed, and the segments of
   * their people are looked at again; so are the credits that rest on them. Returns how many verdicts have changed.
   */
  async judge(tx: Tx, ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const asked = await tx.query<HitMail>(mailsToJudge(ids));
    const hits = await tx.query<StoredHit>(hitsOfMails(ids));
    const near = (await this.neighbours(tx, asked, hits)).filter((id) => !ids.includes(id));
    const mails = new Map(asked.map((mail) => [mail.id, mail]));
    if (near.length > 0) {
      for (const mail of await tx.query<HitMail>(mailsToJudge(near))) mails.set(mail.id, mail);
      hits.push(...(await tx.query<StoredHit>(hitsOfMails(near))));
    }
    const verdicts = judgeHits(hits, mails);
    // A neighbour's own neighbours were not looked at: what it was found guilty of may not be seen from here.
    const isAsked = new Set(ids);
    const judged = hits.flatMap((hit) => {
      const rule = verdicts.get(hit.id) ?? null;
      if (!isAsked.has(hit.messageId) && (rule === null || hit.rule !== null)) return [];
      return rule !== hit.rule || hit.ruleVersion !== RULE_VERSION ? [{ id: hit.id, rule, before: hit }] : [];
    });
    if (judged.length === 0) return 0;
    const changed = judged.filter(({ rule, before }) => rule !== before.rule);
    const recounted = [...new Set(changed.map(({ before }) => before.messageId))].sort();
    if (recounted.length > 0) await tx.query(lockMails(recounted));
    await tx.execute(writeVerdicts(judged, RULE_VERSION));
    if (recounted.length > 0)
      await this.marks.recount(tx, await tx.query<MessageEngagement>(marksOfHits(recounted)), this.clock.now());
    await this.watches.tell(
      tx,
      changed.map(({ id }) => id),
    );
    return changed.length;
  }

  private async neighbours(tx: Tx, mails: readonly HitMail[], hits: readonly KeptHit[]): Promise<string[]> {
    const domains = [...new Set(mails.flatMap(({ domain }) => domain ?? []))];
    const spans = mergedSpans(hits.filter((hit) => hit.kind === 'click').map((hit) => hit.at));
    if (domains.length === 0 || spans.length === 0) return [];
    return (await tx.query<{ id: string }>(neighbours(domains, spans, NEIGHBOURS))).map(({ id }) => id);
  }
}

/** The spans around these instants, those that touch made one. */
function mergedSpans(instants: readonly Date[]): Array<[Date, Date]> {
  const spans: Array<[Date, Date]> = [];
  for (const at of [...instants].sort((a, b) => a.getTime() - b.getTime())) {
    const last = spans.at(-1);
    const [from, to] = [new Date(at.getTime() - BURST_MS), new Date(at.getTime() + BURST_MS)];
    if (last && from <= last[1]) last[1] = to;
    else spans.push([from, to]);
  }
  return spans;
}
