// Generated from proto/metadata.proto by scripts/proto.mjs. Do not edit.
import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace millrace. */
export namespace millrace {

    /** Namespace metadata. */
    namespace metadata {

        /**
         * Properties of a StoredValue.
         * @deprecated Use millrace.metadata.StoredValue.$Properties instead.
         */
        interface IStoredValue extends millrace.metadata.StoredValue.$Properties {
        }

        /** Represents a StoredValue. */
        class StoredValue {

            /**
             * Constructs a new StoredValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.StoredValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** StoredValue schemaVersion. */
            schemaVersion: number;

            /** StoredValue writtenBy. */
            writtenBy: string;

            /** StoredValue cluster. */
            cluster?: (millrace.metadata.ClusterRecord.$Properties|null);

            /** StoredValue topic. */
            topic?: (millrace.metadata.TopicRecord.$Properties|null);

            /** StoredValue partition. */
            partition?: (millrace.metadata.PartitionRecord.$Properties|null);

            /** StoredValue broker. */
            broker?: (millrace.metadata.BrokerRegistration.$Properties|null);

            /** StoredValue brokerConfig. */
            brokerConfig?: (millrace.metadata.BrokerConfigRecord.$Properties|null);

            /** StoredValue producerIds. */
            producerIds?: (millrace.metadata.ProducerIdBlock.$Properties|null);

            /** StoredValue controller. */
            controller?: (millrace.metadata.ControllerRecord.$Properties|null);

            /** StoredValue record. */
            record?: ("cluster"|"topic"|"partition"|"broker"|"brokerConfig"|"producerIds"|"controller");

            /**
             * Encodes the specified StoredValue message. Does not implicitly {@link millrace.metadata.StoredValue.verify|verify} messages.
             * @param message StoredValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.StoredValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a StoredValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.StoredValue & millrace.metadata.StoredValue.$Shape} StoredValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.StoredValue & millrace.metadata.StoredValue.$Shape;
        }

        namespace StoredValue {

            /** Properties of a StoredValue. */
            interface $Properties {

                /** StoredValue schemaVersion */
                schemaVersion?: (number|null);

                /** StoredValue writtenBy */
                writtenBy?: (string|null);

                /** StoredValue cluster */
                cluster?: (millrace.metadata.ClusterRecord.$Properties|null);

                /** StoredValue topic */
                topic?: (millrace.metadata.TopicRecord.$Properties|null);

                /** StoredValue partition */
                partition?: (millrace.metadata.PartitionRecord.$Properties|null);

                /** StoredValue broker */
                broker?: (millrace.metadata.BrokerRegistration.$Properties|null);

                /** StoredValue brokerConfig */
                brokerConfig?: (millrace.metadata.BrokerConfigRecord.$Properties|null);

                /** StoredValue producerIds */
                producerIds?: (millrace.metadata.ProducerIdBlock.$Properties|null);

                /** StoredValue controller */
                controller?: (millrace.metadata.ControllerRecord.$Properties|null);

                /** StoredValue record */
                record?: ("cluster"|"topic"|"partition"|"broker"|"brokerConfig"|"producerIds"|"controller");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a StoredValue. */
            type $Shape = {
              schemaVersion?: number|null;
              writtenBy?: string|null;
              cluster?: millrace.metadata.ClusterRecord.$Shape|null;
              topic?: millrace.metadata.TopicRecord.$Shape|null;
              partition?: millrace.metadata.PartitionRecord.$Shape|null;
              broker?: millrace.metadata.BrokerRegistration.$Shape|null;
              brokerConfig?: millrace.metadata.BrokerConfigRecord.$Shape|null;
              producerIds?: millrace.metadata.ProducerIdBlock.$Shape|null;
              controller?: millrace.metadata.ControllerRecord.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ record?: undefined; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "cluster"; cluster: millrace.metadata.ClusterRecord.$Shape; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "topic"; cluster?: null; topic: millrace.metadata.TopicRecord.$Shape; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "partition"; cluster?: null; topic?: null; partition: millrace.metadata.PartitionRecord.$Shape; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "broker"; cluster?: null; topic?: null; partition?: null; broker: millrace.metadata.BrokerRegistration.$Shape; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "brokerConfig"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig: millrace.metadata.BrokerConfigRecord.$Shape; producerIds?: null; controller?: null }|{ record?: "producerIds"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds: millrace.metadata.ProducerIdBlock.$Shape; controller?: null }|{ record?: "controller"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller: millrace.metadata.ControllerRecord.$Shape })
            );
        }

        /**
         * Properties of a ClusterRecord.
         * @deprecated Use millrace.metadata.ClusterRecord.$Properties instead.
         */
        interface IClusterRecord extends millrace.metadata.ClusterRecord.$Properties {
        }

        /** Represents a ClusterRecord. */
        class ClusterRecord {

            /**
             * Constructs a new ClusterRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.ClusterRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ClusterRecord clusterId. */
            clusterId: string;

            /** ClusterRecord formatVersion. */
            formatVersion: number;

            /** ClusterRecord createdMs. */
            createdMs: (number|Long);

            /**
             * Encodes the specified ClusterRecord message. Does not implicitly {@link millrace.metadata.ClusterRecord.verify|verify} messages.
             * @param message ClusterRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.ClusterRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ClusterRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.ClusterRecord & millrace.metadata.ClusterRecord.$Shape} ClusterRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.ClusterRecord & millrace.metadata.ClusterRecord.$Shape;
        }

        namespace ClusterRecord {

            /** Properties of a ClusterRecord. */
            interface $Properties {

                /** ClusterRecord clusterId */
                clusterId?: (string|null);

                /** ClusterRecord formatVersion */
                formatVersion?: (number|null);

                /** ClusterRecord createdMs */
                createdMs?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ClusterRecord. */
            type $Shape = millrace.metadata.ClusterRecord.$Properties;
        }

        /**
         * Properties of a TopicRecord.
         * @deprecated Use millrace.metadata.TopicRecord.$Properties instead.
         */
        interface ITopicRecord extends millrace.metadata.TopicRecord.$Properties {
        }

        /** Represents a TopicRecord. */
        class TopicRecord {

            /**
             * Constructs a new TopicRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.TopicRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TopicRecord id. */
            id: Uint8Array;

            /** TopicRecord name. */
            name: string;

            /** TopicRecord partitionCount. */
            partitionCount: number;

            /** TopicRecord configs. */
            configs: millrace.metadata.ConfigEntry.$Properties[];

            /** TopicRecord createdMs. */
            createdMs: (number|Long);

            /**
             * Encodes the specified TopicRecord message. Does not implicitly {@link millrace.metadata.TopicRecord.verify|verify} messages.
             * @param message TopicRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.TopicRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TopicRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.TopicRecord & millrace.metadata.TopicRecord.$Shape} TopicRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.TopicRecord & millrace.metadata.TopicRecord.$Shape;
        }

        namespace TopicRecord {

            /** Properties of a TopicRecord. */
            interface $Properties {

                /** TopicRecord id */
                id?: (Uint8Array|null);

                /** TopicRecord name */
                name?: (string|null);

                /** TopicRecord partitionCount */
                partitionCount?: (number|null);

                /** TopicRecord configs */
                configs?: (millrace.metadata.ConfigEntry.$Properties[]|null);

                /** TopicRecord createdMs */
                createdMs?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TopicRecord. */
            type $Shape = millrace.metadata.TopicRecord.$Properties;
        }

        /**
         * Properties of a ConfigEntry.
         * @deprecated Use millrace.metadata.ConfigEntry.$Properties instead.
         */
        interface IConfigEntry extends millrace.metadata.ConfigEntry.$Properties {
        }

        /** Represents a ConfigEntry. */
        class ConfigEntry {

            /**
             * Constructs a new ConfigEntry.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.ConfigEntry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ConfigEntry name. */
            name: string;

            /** ConfigEntry value. */
            value: string;

            /**
             * Encodes the specified ConfigEntry message. Does not implicitly {@link millrace.metadata.ConfigEntry.verify|verify} messages.
             * @param message ConfigEntry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.ConfigEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ConfigEntry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.ConfigEntry & millrace.metadata.ConfigEntry.$Shape} ConfigEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.ConfigEntry & millrace.metadata.ConfigEntry.$Shape;
        }

        namespace ConfigEntry {

            /** Properties of a ConfigEntry. */
            interface $Properties {

                /** ConfigEntry name */
                name?: (string|null);

                /** ConfigEntry value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ConfigEntry. */
            type $Shape = millrace.metadata.ConfigEntry.$Properties;
        }

        /**
         * Properties of a PartitionRecord.
         * @deprecated Use millrace.metadata.PartitionRecord.$Properties instead.
         */
        interface IPartitionRecord extends millrace.metadata.PartitionRecord.$Properties {
        }

        /** Represents a PartitionRecord. */
        class PartitionRecord {

            /**
             * Constructs a new PartitionRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.PartitionRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PartitionRecord topicId. */
            topicId: Uint8Array;

            /** PartitionRecord index. */
            index: number;

            /** PartitionRecord replicas. */
            replicas: millrace.metadata.ReplicaRecord.$Properties[];

            /** PartitionRecord isr. */
            isr: millrace.metadata.InSyncReplicaRecord.$Properties[];

            /** PartitionRecord leader. */
            leader: number;

            /** PartitionRecord leaderEpoch. */
            leaderEpoch: number;

            /** PartitionRecord partitionEpoch. */
            partitionEpoch: number;

            /**
             * Encodes the specified PartitionRecord message. Does not implicitly {@link millrace.metadata.PartitionRecord.verify|verify} messages.
             * @param message PartitionRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.PartitionRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PartitionRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.PartitionRecord & millrace.metadata.PartitionRecord.$Shape} PartitionRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.PartitionRecord & millrace.metadata.PartitionRecord.$Shape;
        }

        namespace PartitionRecord {

            /** Properties of a PartitionRecord. */
            interface $Properties {

                /** PartitionRecord topicId */
                topicId?: (Uint8Array|null);

                /** PartitionRecord index */
                index?: (number|null);

                /** PartitionRecord replicas */
                replicas?: (millrace.metadata.ReplicaRecord.$Properties[]|null);

                /** PartitionRecord isr */
                isr?: (millrace.metadata.InSyncReplicaRecord.$Properties[]|null);

                /** PartitionRecord leader */
                leader?: (number|null);

                /** PartitionRecord leaderEpoch */
                leaderEpoch?: (number|null);

                /** PartitionRecord partitionEpoch */
                partitionEpoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PartitionRecord. */
            type $Shape = millrace.metadata.PartitionRecord.$Properties;
        }

        /**
         * Properties of a ReplicaRecord.
         * @deprecated Use millrace.metadata.ReplicaRecord.$Properties instead.
         */
        interface IReplicaRecord extends millrace.metadata.ReplicaRecord.$Properties {
        }

        /** Represents a ReplicaRecord. */
        class ReplicaRecord {

            /**
             * Constructs a new ReplicaRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.ReplicaRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ReplicaRecord brokerId. */
            brokerId: number;

            /** ReplicaRecord directoryId. */
            directoryId: Uint8Array;

            /**
             * Encodes the specified ReplicaRecord message. Does not implicitly {@link millrace.metadata.ReplicaRecord.verify|verify} messages.
             * @param message ReplicaRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.ReplicaRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ReplicaRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.ReplicaRecord & millrace.metadata.ReplicaRecord.$Shape} ReplicaRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.ReplicaRecord & millrace.metadata.ReplicaRecord.$Shape;
        }

        namespace ReplicaRecord {

            /** Properties of a ReplicaRecord. */
            interface $Properties {

                /** ReplicaRecord brokerId */
                brokerId?: (number|null);

                /** ReplicaRecord directoryId */
                directoryId?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ReplicaRecord. */
            type $Shape = millrace.metadata.ReplicaRecord.$Properties;
        }

        /**
         * Properties of an InSyncReplicaRecord.
         * @deprecated Use millrace.metadata.InSyncReplicaRecord.$Properties instead.
         */
        interface IInSyncReplicaRecord extends millrace.metadata.InSyncReplicaRecord.$Properties {
        }

        /** Represents an InSyncReplicaRecord. */
        class InSyncReplicaRecord {

            /**
             * Constructs a new InSyncReplicaRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.InSyncReplicaRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** InSyncReplicaRecord brokerId. */
            brokerId: number;

            /** InSyncReplicaRecord incarnation. */
            incarnation: Uint8Array;

            /** InSyncReplicaRecord directoryId. */
            directoryId: Uint8Array;

            /**
             * Encodes the specified InSyncReplicaRecord message. Does not implicitly {@link millrace.metadata.InSyncReplicaRecord.verify|verify} messages.
             * @param message InSyncReplicaRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.InSyncReplicaRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an InSyncReplicaRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.InSyncReplicaRecord & millrace.metadata.InSyncReplicaRecord.$Shape} InSyncReplicaRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.InSyncReplicaRecord & millrace.metadata.InSyncReplicaRecord.$Shape;
        }

        namespace InSyncReplicaRecord {

            /** Properties of an InSyncReplicaRecord. */
            interface $Properties {

                /** InSyncReplicaRecord brokerId */
                brokerId?: (number|null);

                /** InSyncReplicaRecord incarnation */
                incarnation?: (Uint8Array|null);

                /** InSyncReplicaRecord directoryId */
                directoryId?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an InSyncReplicaRecord. */
            type $Shape = millrace.metadata.InSyncReplicaRecord.$Properties;
        }

        /**
         * Properties of a BrokerRegistration.
         * @deprecated Use millrace.metadata.BrokerRegistration.$Properties instead.
         */
        interface IBrokerRegistration extends millrace.metadata.BrokerRegistration.$Properties {
        }

        /** Represents a BrokerRegistration. */
        class BrokerRegistration {

            /**
             * Constructs a new BrokerRegistration.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.BrokerRegistration.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BrokerRegistration brokerId. */
            brokerId: number;

            /** BrokerRegistration incarnation. */
            incarnation: Uint8Array;

            /** BrokerRegistration endpoints. */
            endpoints: millrace.metadata.EndpointRecord.$Properties[];

            /** BrokerRegistration directories. */
            directories: Uint8Array[];

            /** BrokerRegistration rack. */
            rack: string;

            /** BrokerRegistration softwareVersion. */
            softwareVersion: string;

            /**
             * Encodes the specified BrokerRegistration message. Does not implicitly {@link millrace.metadata.BrokerRegistration.verify|verify} messages.
             * @param message BrokerRegistration message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.BrokerRegistration.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BrokerRegistration message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.BrokerRegistration & millrace.metadata.BrokerRegistration.$Shape} BrokerRegistration
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.BrokerRegistration & millrace.metadata.BrokerRegistration.$Shape;
        }

        namespace BrokerRegistration {

            /** Properties of a BrokerRegistration. */
            interface $Properties {

                /** BrokerRegistration brokerId */
                brokerId?: (number|null);

                /** BrokerRegistration incarnation */
                incarnation?: (Uint8Array|null);

                /** BrokerRegistration endpoints */
                endpoints?: (millrace.metadata.EndpointRecord.$Properties[]|null);

                /** BrokerRegistration directories */
                directories?: (Uint8Array[]|null);

                /** BrokerRegistration rack */
                rack?: (string|null);

                /** BrokerRegistration softwareVersion */
                softwareVersion?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BrokerRegistration. */
            type $Shape = millrace.metadata.BrokerRegistration.$Properties;
        }

        /**
         * Properties of an EndpointRecord.
         * @deprecated Use millrace.metadata.EndpointRecord.$Properties instead.
         */
        interface IEndpointRecord extends millrace.metadata.EndpointRecord.$Properties {
        }

        /** Represents an EndpointRecord. */
        class EndpointRecord {

            /**
             * Constructs a new EndpointRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.EndpointRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EndpointRecord name. */
            name: string;

            /** EndpointRecord host. */
            host: string;

            /** EndpointRecord port. */
            port: number;

            /** EndpointRecord securityProtocol. */
            securityProtocol: string;

            /**
             * Encodes the specified EndpointRecord message. Does not implicitly {@link millrace.metadata.EndpointRecord.verify|verify} messages.
             * @param message EndpointRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.EndpointRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EndpointRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.EndpointRecord & millrace.metadata.EndpointRecord.$Shape} EndpointRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.EndpointRecord & millrace.metadata.EndpointRecord.$Shape;
        }

        namespace EndpointRecord {

            /** Properties of an EndpointRecord. */
            interface $Properties {

                /** EndpointRecord name */
                name?: (string|null);

                /** EndpointRecord host */
                host?: (string|null);

                /** EndpointRecord port */
                port?: (number|null);

                /** EndpointRecord securityProtocol */
                securityProtocol?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EndpointRecord. */
            type $Shape = millrace.metadata.EndpointRecord.$Properties;
        }

        /**
         * Properties of a BrokerConfigRecord.
         * @deprecated Use millrace.metadata.BrokerConfigRecord.$Properties instead.
         */
        interface IBrokerConfigRecord extends millrace.metadata.BrokerConfigRecord.$Properties {
        }

        /** Represents a BrokerConfigRecord. */
        class BrokerConfigRecord {

            /**
             * Constructs a new BrokerConfigRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.BrokerConfigRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BrokerConfigRecord configs. */
            configs: millrace.metadata.ConfigEntry.$Properties[];

            /**
             * Encodes the specified BrokerConfigRecord message. Does not implicitly {@link millrace.metadata.BrokerConfigRecord.verify|verify} messages.
             * @param message BrokerConfigRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.BrokerConfigRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BrokerConfigRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.BrokerConfigRecord & millrace.metadata.BrokerConfigRecord.$Shape} BrokerConfigRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.BrokerConfigRecord & millrace.metadata.BrokerConfigRecord.$Shape;
        }

        namespace BrokerConfigRecord {

            /** Properties of a BrokerConfigRecord. */
            interface $Properties {

                /** BrokerConfigRecord configs */
                configs?: (millrace.metadata.ConfigEntry.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BrokerConfigRecord. */
            type $Shape = millrace.metadata.BrokerConfigRecord.$Properties;
        }

        /**
         * Properties of a ProducerIdBlock.
         * @deprecated Use millrace.metadata.ProducerIdBlock.$Properties instead.
         */
        interface IProducerIdBlock extends millrace.metadata.ProducerIdBlock.$Properties {
        }

        /** Represents a ProducerIdBlock. */
        class ProducerIdBlock {

            /**
             * Constructs a new ProducerIdBlock.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.ProducerIdBlock.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ProducerIdBlock next. */
            next: (number|Long);

            /**
             * Encodes the specified ProducerIdBlock message. Does not implicitly {@link millrace.metadata.ProducerIdBlock.verify|verify} messages.
             * @param message ProducerIdBlock message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.ProducerIdBlock.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ProducerIdBlock message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.ProducerIdBlock & millrace.metadata.ProducerIdBlock.$Shape} ProducerIdBlock
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.ProducerIdBlock & millrace.metadata.ProducerIdBlock.$Shape;
        }

        namespace ProducerIdBlock {

            /** Properties of a ProducerIdBlock. */
            interface $Properties {

                /** ProducerIdBlock next */
                next?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ProducerIdBlock. */
            type $Shape = millrace.metadata.ProducerIdBlock.$Properties;
        }

        /**
         * Properties of a ControllerRecord.
         * @deprecated Use millrace.metadata.ControllerRecord.$Properties instead.
         */
        interface IControllerRecord extends millrace.metadata.ControllerRecord.$Properties {
        }

        /** Represents a ControllerRecord. */
        class ControllerRecord {

            /**
             * Constructs a new ControllerRecord.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.metadata.ControllerRecord.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ControllerRecord brokerId. */
            brokerId: number;

            /** ControllerRecord incarnation. */
            incarnation: Uint8Array;

            /**
             * Encodes the specified ControllerRecord message. Does not implicitly {@link millrace.metadata.ControllerRecord.verify|verify} messages.
             * @param message ControllerRecord message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.metadata.ControllerRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ControllerRecord message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.metadata.ControllerRecord & millrace.metadata.ControllerRecord.$Shape} ControllerRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.metadata.ControllerRecord & millrace.metadata.ControllerRecord.$Shape;
        }

        namespace ControllerRecord {

            /** Properties of a ControllerRecord. */
            interface $Properties {

                /** ControllerRecord brokerId */
                brokerId?: (number|null);

                /** ControllerRecord incarnation */
                incarnation?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ControllerRecord. */
            type $Shape = millrace.metadata.ControllerRecord.$Properties;
        }
    }
}
