import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  afterMessageEvent,
  MESSAGE_STATUSES,
  MESSAGE_TRANSITIONS,
  statusesBefore,
} from '../../../src/messages/domain/message-states';

describe('the life of a message', () => {
  it('is the diagram of docs/architecture.md', () => {
    const page = readFileSync(path.join(__dirname, '../../../docs/architecture.md'), 'utf8');
    const section = page.slice(page.indexOf('## The send ledger'));
    const diagram = /```mermaid\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
    const drawn = [...diagram.matchAll(/^ *(\w+) --> (\w+)/gm)].map((edge) => `${edge[1]} -> ${edge[2]}`);
    const allowed = Object.entries(MESSAGE_TRANSITIONS).flatMap(([from, events]) =>
      Object.values(events).map((to) => `${from} -> ${to}`),
    );
    expect([...new Set(drawn)].sort()).toEqual([...new Set(allowed)].sort());
  });

  it('never leads from past the gate back to the queue by itself', () => {
    const byItself = [
      'claim',
      'open',
      'release',
      'defer',
      'accept',
      'refuse',
      'skip',
      'lose',
      'prove',
      'bounce',
    ] as const;
    for (const event of byItself) expect(afterMessageEvent('uncertain', event)).not.toBe('queued');
    expect(afterMessageEvent('sending', 'release')).toBeUndefined();
    expect(statusesBefore('retry', 'queued')).toEqual(['uncertain']);
  });

  it('ends: what is sent, failed, skipped or held out is never claimed again', () => {
    for (const status of MESSAGE_STATUSES) {
      expect(afterMessageEvent(status, 'claim') === 'claimed').toBe(status === 'queued' || status === 'deferred');
    }
  });
});
