/** All classes of cases of each port, and how many of a thousand are of each. */
import * as http from './http-cases.ts';
import * as rawHttp from './http-raw-cases.ts';
import { impostors } from './impostor.ts';
import * as grpc from './grpc-cases.ts';
import * as raw from './raw-cases.ts';
import type { Attack, Scene } from './scene.ts';
import * as streams from './stream-cases.ts';

export interface AttackClass {
  readonly name: string;
  readonly weight: number;
  readonly attack: Attack;
}

const everywhere: readonly AttackClass[] = [
  { name: 'fields', weight: 420, attack: grpc.hostileFields },
  { name: 'protobuf', weight: 190, attack: grpc.brokenProtobuf },
  { name: 'framing', weight: 90, attack: grpc.brokenFraming },
  { name: 'headers', weight: 70, attack: grpc.brokenHeaders },
  { name: 'unknown calls', weight: 40, attack: grpc.unknownCalls },
  { name: 'broken off', weight: 60, attack: grpc.brokenOff },
  { name: 'HTTP/2 frames', weight: 25, attack: raw.http2Frames },
  { name: 'preface', weight: 15, attack: raw.badPreface },
  { name: 'slow bytes', weight: 5, attack: raw.slowBytes },
];

export const attackClasses: Readonly<Record<Scene['port'], readonly AttackClass[]>> = {
  client: [...everywhere, { name: 'uploads', weight: 85, attack: streams.uploads }],
  worker: [
    ...everywhere.filter(({ name }) => name !== 'fields'),
    { name: 'fields', weight: 120, attack: grpc.hostileFields },
    { name: 'control', weight: 150, attack: streams.controlOrder },
    { name: 'models', weight: 90, attack: streams.hostileModels },
    { name: 'data', weight: 140, attack: streams.dataOrder },
    { name: 'impostors', weight: 5, attack: impostors },
  ],
  http: [
    { name: 'bodies', weight: 400, attack: http.hostileBodies },
    { name: 'paths', weight: 200, attack: http.hostilePaths },
    { name: 'methods', weight: 80, attack: http.wrongMethods },
    { name: 'headers', weight: 130, attack: http.hostileHeaders },
    { name: 'unread streams', weight: 40, attack: http.unreadStreams },
    { name: 'chunks', weight: 40, attack: rawHttp.brokenChunks },
    { name: 'smuggling', weight: 40, attack: rawHttp.smuggled },
    { name: 'pipelining', weight: 20, attack: rawHttp.pipelined },
    { name: 'slow body', weight: 10, attack: rawHttp.slowBody },
    { name: 'huge bodies', weight: 10, attack: rawHttp.hugeBodies },
    { name: 'no HTTP', weight: 30, attack: rawHttp.noHttp },
  ],
};
