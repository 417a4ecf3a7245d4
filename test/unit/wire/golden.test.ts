/** Frames written down byte by byte from the protocol's specification, both ways. */
import { describe, expect, test } from 'vitest';
import { codec } from '../../../src/wire/codec.js';
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
} from '../../../src/wire/headers.js';
import { ApiVersions } from '../../../src/wire/messages/api-versions.js';
import { Heartbeat } from '../../../src/wire/messages/heartbeat.js';
import { flexibleOf } from '../../../src/wire/messages/index.js';
import { Metadata } from '../../../src/wire/messages/metadata.js';
import { Produce } from '../../../src/wire/messages/produce.js';
import type { Api } from '../../../src/wire/schema.js';
import { hex } from './hex.js';

interface Golden {
  readonly name: string;
  readonly api: Api;
  readonly version: number;
  readonly bytes: Buffer;
  readonly draft: object;
}

const requests: Golden[] = [
  {
    name: 'header v1: Heartbeat 0',
    api: Heartbeat,
    version: 0,
    draft: { groupId: 'g', generationId: 5, memberId: 'm' },
    bytes: hex(`
      00000018            # size: 24
      000c 0000 00000007  # key 12, version 0, correlation id 7
      0004 74657374       # client id 'test'
      0001 67             # group 'g'
      00000005            # generation 5
      0001 6d             # member 'm'`),
  },
  {
    name: 'header v2: ApiVersions 3',
    api: ApiVersions,
    version: 3,
    draft: { clientSoftwareName: 'kc', clientSoftwareVersion: '1.0' },
    bytes: hex(`
      00000017            # size: 23
      0012 0003 00000007  # key 18, version 3, correlation id 7
      0004 74657374       # client id 'test': an int16 length even here
      00                  # the header's tags: none
      03 6b63             # 'kc', compact: length + 1
      04 312e30           # '1.0'
      00                  # the body's tags: none`),
  },
  {
    name: 'Produce 3',
    api: Produce,
    version: 3,
    draft: {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: 't', partitionData: [{ index: 2, records: Buffer.from('abc') }] }],
    },
    bytes: hex(`
      0000002c            # size: 44
      0000 0003 00000007  # key 0, version 3, correlation id 7
      0004 74657374       # client id 'test'
      ffff                # no transactional id
      ffff 00007530       # acks -1, timeout 30,000 ms
      00000001 0001 74    # one topic: 't'
      00000001 00000002   # one partition: 2
      00000003 616263     # three bytes of records`),
  },
  {
    name: 'Produce 9',
    api: Produce,
    version: 9,
    draft: {
      transactionalId: 'tx',
      acks: 1,
      timeoutMs: 30_000,
      topicData: [{ name: 't', partitionData: [{ index: 2, records: null }] }],
    },
    bytes: hex(`
      00000024            # size: 36
      0000 0009 00000007  # key 0, version 9, correlation id 7
      0004 74657374 00    # client id 'test', no tags
      03 7478             # transactional id 'tx'
      0001 00007530       # acks 1, timeout 30,000 ms
      02 02 74            # one topic: 't'
      02 00000002         # one partition: 2
      00                  # no records: null
      00 00 00            # tags of the partition, the topic, the request`),
  },
  {
    name: 'Metadata 12, all topics',
    api: Metadata,
    version: 12,
    draft: { topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
    bytes: hex(`
      00000013            # size: 19
      0003 000c 00000007  # key 3, version 12, correlation id 7
      0004 74657374 00    # client id 'test', no tags
      00                  # topics: null
      00 01               # no auto creation, with topic operations; the cluster's ended with version 10
      00                  # tags`),
  },
];

const responses: Golden[] = [
  {
    name: 'ApiVersions 0: an unsupported version was asked for',
    api: ApiVersions,
    version: 0,
    draft: { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] },
    bytes: hex(`
      00000010            # size: 16
      00000007            # correlation id 7
      0023                # UNSUPPORTED_VERSION
      00000001            # one API
      0012 0000 0004      # key 18, versions 0 to 4`),
  },
  {
    name: 'ApiVersions 3: response header v0, tags only where they say something',
    api: ApiVersions,
    version: 3,
    draft: {
      errorCode: 0,
      apiKeys: [
        { apiKey: 18, minVersion: 0, maxVersion: 4 },
        { apiKey: 3, minVersion: 0, maxVersion: 12 },
      ],
      finalizedFeaturesEpoch: 258,
    },
    bytes: hex(`
      00000024            # size: 36
      00000007            # correlation id 7, and no tags
      0000                # NONE
      03                  # two APIs
      0012 0000 0004 00   # key 18, versions 0 to 4, tags
      0003 0000 000c 00   # key 3, versions 0 to 12, tags
      00000000            # throttle time
      01                  # one tag:
      01 08 0000000000000102  # finalizedFeaturesEpoch, 8 bytes, 258`),
  },
  {
    name: 'Produce 3',
    api: Produce,
    version: 3,
    draft: {
      responses: [{ name: 't', partitionResponses: [{ index: 2, errorCode: 0, baseOffset: 2 ** 40 }] }],
      throttleTimeMs: 5,
    },
    bytes: hex(`
      00000029            # size: 41
      00000007            # correlation id 7
      00000001 0001 74    # one topic: 't'
      00000001 00000002   # one partition: 2
      0000                # NONE
      0000010000000000    # base offset 2^40
      ffffffffffffffff    # no append time
      00000005            # throttle time: last, in this API`),
  },
  {
    name: 'Produce 10, with the new leader',
    api: Produce,
    version: 10,
    draft: {
      responses: [
        {
          name: 't',
          partitionResponses: [
            {
              index: 2,
              errorCode: 6,
              baseOffset: -1,
              recordErrors: [{ batchIndex: 1, batchIndexErrorMessage: 'x' }],
              errorMessage: 'no',
              currentLeader: { leaderId: 3, leaderEpoch: 9 },
            },
          ],
        },
      ],
      nodeEndpoints: [{ nodeId: 3, host: 'h', port: 9092 }],
    },
    bytes: hex(`
      00000053            # size: 83
      00000007 00         # correlation id 7, tags of the header
      02 02 74            # one topic: 't'
      02 00000002         # one partition: 2
      0006                # NOT_LEADER_OR_FOLLOWER
      ffffffffffffffff    # base offset -1
      ffffffffffffffff    # append time -1
      ffffffffffffffff    # log start offset -1
      02 00000001 02 78 00  # one record error: index 1, 'x', tags
      03 6e6f             # 'no'
      01                  # one tag:
      00 09 00000003 00000009 00  # currentLeader, 9 bytes: broker 3, epoch 9, its tags
      00                  # tags of the topic
      00000000            # throttle time
      01                  # one tag:
      00 0d 02 00000003 02 68 00002384 00 00  # nodeEndpoints, 13 bytes: one, broker 3, 'h', 9092, no rack, its tags`),
  },
  {
    name: 'Metadata 12',
    api: Metadata,
    version: 12,
    draft: {
      brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: 'r' }],
      clusterId: 'c',
      controllerId: 1,
      topics: [
        {
          errorCode: 0,
          name: 't',
          topicId: 'AAECAwQFBgcICQoLDA0ODw',
          isInternal: false,
          partitions: [
            {
              errorCode: 0,
              partitionIndex: 0,
              leaderId: 1,
              leaderEpoch: 4,
              replicaNodes: [1, 2],
              isrNodes: [1],
              offlineReplicas: [2],
            },
          ],
        },
      ],
    },
    bytes: hex(`
      0000005c            # size: 92
      00000007 00         # correlation id 7, tags of the header
      00000000            # throttle time
      02 00000001 02 68 00002384 02 72 00  # one broker: 1, 'h', 9092, rack 'r', tags
      02 63               # cluster 'c'
      00000001            # controller 1
      02                  # one topic:
      0000 02 74          # NONE, 't'
      000102030405060708090a0b0c0d0e0f     # topic id
      00                  # not internal
      02                  # one partition:
      0000 00000000       # NONE, 0
      00000001 00000004   # leader 1, epoch 4
      03 00000001 00000002  # replicas 1 and 2
      02 00000001         # in sync: 1
      02 00000002         # offline: 2
      00                  # tags of the partition
      80000000            # topic operations: not asked for
      00                  # tags of the topic
      00                  # tags of the response; the cluster's operations ended with version 10`),
  },
];

describe('requests', () => {
  test.each(requests)('$name', ({ api, version, bytes, draft }) => {
    const header = { correlationId: 7, clientId: 'test' };
    expect(concat(encodeRequest(api, version, header, draft))).toEqual(bytes);

    const decoded = decodeRequestHeader(bytes.subarray(4), flexibleOf);
    expect(decoded).toMatchObject({ apiKey: api.key, apiVersion: version, ...header });
    expect(codec(api.request, version).decode(decoded.body)).toMatchObject(draft);
    expect(decoded.body.remaining).toBe(0);
  });
});

describe('responses', () => {
  test.each(responses)('$name', ({ api, version, bytes, draft }) => {
    expect(concat(encodeResponse(api, version, 7, draft))).toEqual(bytes);

    const { correlationId, body } = decodeResponseHeader(api, version, bytes.subarray(4));
    expect(correlationId).toBe(7);
    expect(codec(api.response, version).decode(body)).toMatchObject(draft);
    expect(body.remaining).toBe(0);
  });
});

function concat(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}
