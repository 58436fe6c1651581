/** A worker that registers, gets work, and answers it with what it was never asked for. */
import type { Draws } from '../draws.ts';
import { callsOf } from './descriptors.ts';
import { registration } from './messages.ts';
import type { Attack, Scene } from './scene.ts';
import { anyReply } from './stream-cases.ts';
import { framed, unframed } from './transport.ts';
import { encode, encodeHostile, type Message } from './wire.ts';

const STAY_MS = 150;
const REPLIES_MAX = 12;

const calls = callsOf('Fleet');
const [control, data] = ['Control', 'Data'].map((name) => calls.find((call) => call.name === name));

export const impostors: Attack = async (draws, scene) => {
  if (!control || !data) throw new Error('fleet.proto has no Control or no Data');
  const begin = { register: { ...registration(draws, scene.known), models: [ownModel(scene)] } };
  let attached: Promise<unknown> | undefined;
  let id: string | undefined;
  const outcome = await scene.call({
    path: control.path,
    pieces: [framed(encode('WorkerControl', begin))],
    ends: false,
    leaveMs: STAY_MS,
    heard: (body) => {
      if (attached) return;
      const [first] = unframed(body);
      if (!first) return;
      const said = control.decode(first) as { registered: { worker: string } | null };
      id = said.registered?.worker;
      if (id === undefined) return;
      scene.known.workers.push(id);
      attached = work(draws, scene, id);
    },
  });
  await attached;
  if (id !== undefined) scene.known.workers.splice(scene.known.workers.indexOf(id), 1);
  return outcome;
};

function ownModel({ known }: Scene): Message {
  return { ...known.model, name: 'fuzz', sha256: 'f'.repeat(64) };
}

async function work(draws: Draws, scene: Scene, worker: string): Promise<void> {
  let answered = 0;
  const stream = scene.call({
    path: data?.path ?? '',
    pieces: [framed(encode('WorkerData', { attach: { worker } }))],
    ends: false,
    leaveMs: STAY_MS,
    heard: (body, write) => {
      for (const message of unframed(body).slice(answered)) {
        if (answered++ > REPLIES_MAX) return;
        for (const fence of fencesIn(data?.decode(message))) write(reply(draws, scene, fence));
      }
    },
  });
  const request = { model: 'fuzz', solver: 'ddim', steps: 3 + draws.below(5), samples: 1 };
  const method = draws.pick(['sequential', 'picard', 'secant', 'parataa', 'parareal']);
  await Promise.all([stream, scene.submit({ ...request, method, tolerance: 0.1 })]);
}

interface Ordered {
  readonly orders: readonly Readonly<Record<string, { fence?: unknown } | string | null>>[];
}

function fencesIn(said: unknown): unknown[] {
  return (said as Ordered).orders.flatMap((order) =>
    Object.values(order).flatMap((one) =>
      typeof one === 'object' && one?.fence ? [one.fence] : [],
    ),
  );
}

/** The fence is right but for one field now and then; the rest is as it comes. */
function reply(draws: Draws, scene: Scene, fence: unknown): Buffer {
  const [[kind, message] = ['', {}]] = Object.entries(anyReply(draws, scene));
  const bent = draws.chance(0.2)
    ? { [draws.pick(['block', 'epoch', 'attempt', 'round'])]: 77 }
    : {};
  const fenced = { ...(message as Message), fence: { ...(fence as Message), ...bent } };
  const whole = { [kind]: fenced };
  const bytes = draws.chance(0.2)
    ? encodeHostile('WorkerData', whole, draws)
    : encode('WorkerData', whole);
  return framed(bytes);
}
