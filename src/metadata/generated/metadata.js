// Generated from proto/metadata.proto by scripts/proto.mjs. Do not edit.
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["millrace.metadata"] || ($protobuf.roots["millrace.metadata"] = {});

export const millrace = $root.millrace = (() => {

    /**
     * Namespace millrace.
     * @exports millrace
     * @namespace
     */
    const millrace = {};

    millrace.metadata = (function() {

        /**
         * Namespace metadata.
         * @memberof millrace
         * @namespace
         */
        const metadata = {};

        metadata.StoredValue = (function() {

            /**
             * Properties of a StoredValue.
             * @typedef {Object} millrace.metadata.StoredValue.$Properties
             * @property {number|null} [schemaVersion] StoredValue schemaVersion
             * @property {string|null} [writtenBy] StoredValue writtenBy
             * @property {millrace.metadata.ClusterRecord.$Properties|null} [cluster] StoredValue cluster
             * @property {millrace.metadata.TopicRecord.$Properties|null} [topic] StoredValue topic
             * @property {millrace.metadata.PartitionRecord.$Properties|null} [partition] StoredValue partition
             * @property {millrace.metadata.BrokerRegistration.$Properties|null} [broker] StoredValue broker
             * @property {millrace.metadata.BrokerConfigRecord.$Properties|null} [brokerConfig] StoredValue brokerConfig
             * @property {millrace.metadata.ProducerIdBlock.$Properties|null} [producerIds] StoredValue producerIds
             * @property {millrace.metadata.ControllerRecord.$Properties|null} [controller] StoredValue controller
             * @property {"cluster"|"topic"|"partition"|"broker"|"brokerConfig"|"producerIds"|"controller"} [record] StoredValue record
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a StoredValue.
             * @memberof millrace.metadata
             * @interface IStoredValue
             * @augments millrace.metadata.StoredValue.$Properties
             * @deprecated Use millrace.metadata.StoredValue.$Properties instead.
             */

            /**
             * Narrowed shape of a StoredValue.
             * @typedef {{
             *   schemaVersion?: number|null;
             *   writtenBy?: string|null;
             *   cluster?: millrace.metadata.ClusterRecord.$Shape|null;
             *   topic?: millrace.metadata.TopicRecord.$Shape|null;
             *   partition?: millrace.metadata.PartitionRecord.$Shape|null;
             *   broker?: millrace.metadata.BrokerRegistration.$Shape|null;
             *   brokerConfig?: millrace.metadata.BrokerConfigRecord.$Shape|null;
             *   producerIds?: millrace.metadata.ProducerIdBlock.$Shape|null;
             *   controller?: millrace.metadata.ControllerRecord.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ record?: undefined; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "cluster"; cluster: millrace.metadata.ClusterRecord.$Shape; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "topic"; cluster?: null; topic: millrace.metadata.TopicRecord.$Shape; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "partition"; cluster?: null; topic?: null; partition: millrace.metadata.PartitionRecord.$Shape; broker?: null; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "broker"; cluster?: null; topic?: null; partition?: null; broker: millrace.metadata.BrokerRegistration.$Shape; brokerConfig?: null; producerIds?: null; controller?: null }|{ record?: "brokerConfig"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig: millrace.metadata.BrokerConfigRecord.$Shape; producerIds?: null; controller?: null }|{ record?: "producerIds"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds: millrace.metadata.ProducerIdBlock.$Shape; controller?: null }|{ record?: "controller"; cluster?: null; topic?: null; partition?: null; broker?: null; brokerConfig?: null; producerIds?: null; controller: millrace.metadata.ControllerRecord.$Shape })
             * )} millrace.metadata.StoredValue.$Shape
             */

            /**
             * Constructs a new StoredValue.
             * @memberof millrace.metadata
             * @classdesc Represents a StoredValue.
             * @constructor
             * @param {millrace.metadata.StoredValue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const StoredValue = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * StoredValue schemaVersion.
             * @member {number} schemaVersion
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.schemaVersion = 0;

            /**
             * StoredValue writtenBy.
             * @member {string} writtenBy
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.writtenBy = "";

            /**
             * StoredValue cluster.
             * @member {millrace.metadata.ClusterRecord.$Properties|null|undefined} cluster
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.cluster = null;

            /**
             * StoredValue topic.
             * @member {millrace.metadata.TopicRecord.$Properties|null|undefined} topic
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.topic = null;

            /**
             * StoredValue partition.
             * @member {millrace.metadata.PartitionRecord.$Properties|null|undefined} partition
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.partition = null;

            /**
             * StoredValue broker.
             * @member {millrace.metadata.BrokerRegistration.$Properties|null|undefined} broker
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.broker = null;

            /**
             * StoredValue brokerConfig.
             * @member {millrace.metadata.BrokerConfigRecord.$Properties|null|undefined} brokerConfig
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.brokerConfig = null;

            /**
             * StoredValue producerIds.
             * @member {millrace.metadata.ProducerIdBlock.$Properties|null|undefined} producerIds
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.producerIds = null;

            /**
             * StoredValue controller.
             * @member {millrace.metadata.ControllerRecord.$Properties|null|undefined} controller
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            StoredValue.prototype.controller = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * StoredValue record.
             * @member {"cluster"|"topic"|"partition"|"broker"|"brokerConfig"|"producerIds"|"controller"|undefined} record
             * @memberof millrace.metadata.StoredValue
             * @instance
             */
            $Object.defineProperty(StoredValue.prototype, "record", {
                get: $util.oneOfGetter($oneOfFields = ["cluster", "topic", "partition", "broker", "brokerConfig", "producerIds", "controller"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified StoredValue message. Does not implicitly {@link millrace.metadata.StoredValue.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.StoredValue
             * @static
             * @param {millrace.metadata.StoredValue.$Properties} message StoredValue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            StoredValue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schemaVersion != null && $Object.hasOwnProperty.call(message, "schemaVersion") && message.schemaVersion !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schemaVersion);
                if (message.writtenBy != null && $Object.hasOwnProperty.call(message, "writtenBy") && message.writtenBy !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.writtenBy);
                if (message.cluster != null && $Object.hasOwnProperty.call(message, "cluster"))
                    $root.millrace.metadata.ClusterRecord.encode(message.cluster, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.topic != null && $Object.hasOwnProperty.call(message, "topic"))
                    $root.millrace.metadata.TopicRecord.encode(message.topic, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.partition != null && $Object.hasOwnProperty.call(message, "partition"))
                    $root.millrace.metadata.PartitionRecord.encode(message.partition, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.broker != null && $Object.hasOwnProperty.call(message, "broker"))
                    $root.millrace.metadata.BrokerRegistration.encode(message.broker, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                if (message.brokerConfig != null && $Object.hasOwnProperty.call(message, "brokerConfig"))
                    $root.millrace.metadata.BrokerConfigRecord.encode(message.brokerConfig, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
                if (message.producerIds != null && $Object.hasOwnProperty.call(message, "producerIds"))
                    $root.millrace.metadata.ProducerIdBlock.encode(message.producerIds, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
                if (message.controller != null && $Object.hasOwnProperty.call(message, "controller"))
                    $root.millrace.metadata.ControllerRecord.encode(message.controller, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a StoredValue message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.StoredValue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.StoredValue & millrace.metadata.StoredValue.$Shape} StoredValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            StoredValue.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.StoredValue();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schemaVersion = value;
                            else
                                delete message.schemaVersion;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.writtenBy = value;
                            else
                                delete message.writtenBy;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.cluster = $root.millrace.metadata.ClusterRecord.decode(reader, reader.size(), $undefined, _depth + 1, message.cluster);
                            message.record = "cluster";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.topic = $root.millrace.metadata.TopicRecord.decode(reader, reader.size(), $undefined, _depth + 1, message.topic);
                            message.record = "topic";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.partition = $root.millrace.metadata.PartitionRecord.decode(reader, reader.size(), $undefined, _depth + 1, message.partition);
                            message.record = "partition";
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.broker = $root.millrace.metadata.BrokerRegistration.decode(reader, reader.size(), $undefined, _depth + 1, message.broker);
                            message.record = "broker";
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.brokerConfig = $root.millrace.metadata.BrokerConfigRecord.decode(reader, reader.size(), $undefined, _depth + 1, message.brokerConfig);
                            message.record = "brokerConfig";
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            message.producerIds = $root.millrace.metadata.ProducerIdBlock.decode(reader, reader.size(), $undefined, _depth + 1, message.producerIds);
                            message.record = "producerIds";
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            message.controller = $root.millrace.metadata.ControllerRecord.decode(reader, reader.size(), $undefined, _depth + 1, message.controller);
                            message.record = "controller";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return StoredValue;
        })();

        metadata.ClusterRecord = (function() {

            /**
             * Properties of a ClusterRecord.
             * @typedef {Object} millrace.metadata.ClusterRecord.$Properties
             * @property {string|null} [clusterId] ClusterRecord clusterId
             * @property {number|null} [formatVersion] ClusterRecord formatVersion
             * @property {number|Long|null} [createdMs] ClusterRecord createdMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ClusterRecord.
             * @memberof millrace.metadata
             * @interface IClusterRecord
             * @augments millrace.metadata.ClusterRecord.$Properties
             * @deprecated Use millrace.metadata.ClusterRecord.$Properties instead.
             */

            /**
             * Shape of a ClusterRecord.
             * @typedef {millrace.metadata.ClusterRecord.$Properties} millrace.metadata.ClusterRecord.$Shape
             */

            /**
             * Constructs a new ClusterRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a ClusterRecord.
             * @constructor
             * @param {millrace.metadata.ClusterRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ClusterRecord = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ClusterRecord clusterId.
             * @member {string} clusterId
             * @memberof millrace.metadata.ClusterRecord
             * @instance
             */
            ClusterRecord.prototype.clusterId = "";

            /**
             * ClusterRecord formatVersion.
             * @member {number} formatVersion
             * @memberof millrace.metadata.ClusterRecord
             * @instance
             */
            ClusterRecord.prototype.formatVersion = 0;

            /**
             * ClusterRecord createdMs.
             * @member {number|Long} createdMs
             * @memberof millrace.metadata.ClusterRecord
             * @instance
             */
            ClusterRecord.prototype.createdMs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;

            /**
             * Encodes the specified ClusterRecord message. Does not implicitly {@link millrace.metadata.ClusterRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.ClusterRecord
             * @static
             * @param {millrace.metadata.ClusterRecord.$Properties} message ClusterRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ClusterRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.clusterId != null && $Object.hasOwnProperty.call(message, "clusterId") && message.clusterId !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.clusterId);
                if (message.formatVersion != null && $Object.hasOwnProperty.call(message, "formatVersion") && message.formatVersion !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.formatVersion);
                if (message.createdMs != null && $Object.hasOwnProperty.call(message, "createdMs") && (typeof message.createdMs === "object" ? message.createdMs.low || message.createdMs.high : message.createdMs !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).int64(message.createdMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ClusterRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.ClusterRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.ClusterRecord & millrace.metadata.ClusterRecord.$Shape} ClusterRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ClusterRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.ClusterRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.clusterId = value;
                            else
                                delete message.clusterId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.formatVersion = value;
                            else
                                delete message.formatVersion;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.int64()) === "object" ? value.low || value.high : value !== 0)
                                message.createdMs = value;
                            else
                                delete message.createdMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ClusterRecord;
        })();

        metadata.TopicRecord = (function() {

            /**
             * Properties of a TopicRecord.
             * @typedef {Object} millrace.metadata.TopicRecord.$Properties
             * @property {Uint8Array|null} [id] TopicRecord id
             * @property {string|null} [name] TopicRecord name
             * @property {number|null} [partitionCount] TopicRecord partitionCount
             * @property {Array.<millrace.metadata.ConfigEntry.$Properties>|null} [configs] TopicRecord configs
             * @property {number|Long|null} [createdMs] TopicRecord createdMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TopicRecord.
             * @memberof millrace.metadata
             * @interface ITopicRecord
             * @augments millrace.metadata.TopicRecord.$Properties
             * @deprecated Use millrace.metadata.TopicRecord.$Properties instead.
             */

            /**
             * Shape of a TopicRecord.
             * @typedef {millrace.metadata.TopicRecord.$Properties} millrace.metadata.TopicRecord.$Shape
             */

            /**
             * Constructs a new TopicRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a TopicRecord.
             * @constructor
             * @param {millrace.metadata.TopicRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TopicRecord = function (properties) {
                this.configs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TopicRecord id.
             * @member {Uint8Array} id
             * @memberof millrace.metadata.TopicRecord
             * @instance
             */
            TopicRecord.prototype.id = $util.newBuffer([]);

            /**
             * TopicRecord name.
             * @member {string} name
             * @memberof millrace.metadata.TopicRecord
             * @instance
             */
            TopicRecord.prototype.name = "";

            /**
             * TopicRecord partitionCount.
             * @member {number} partitionCount
             * @memberof millrace.metadata.TopicRecord
             * @instance
             */
            TopicRecord.prototype.partitionCount = 0;

            /**
             * TopicRecord configs.
             * @member {Array.<millrace.metadata.ConfigEntry.$Properties>} configs
             * @memberof millrace.metadata.TopicRecord
             * @instance
             */
            TopicRecord.prototype.configs = $util.emptyArray;

            /**
             * TopicRecord createdMs.
             * @member {number|Long} createdMs
             * @memberof millrace.metadata.TopicRecord
             * @instance
             */
            TopicRecord.prototype.createdMs = $util.Long ? $util.Long.fromBits(0,0,false) : 0;

            /**
             * Encodes the specified TopicRecord message. Does not implicitly {@link millrace.metadata.TopicRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.TopicRecord
             * @static
             * @param {millrace.metadata.TopicRecord.$Properties} message TopicRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TopicRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.id);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                if (message.partitionCount != null && $Object.hasOwnProperty.call(message, "partitionCount") && message.partitionCount !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.partitionCount);
                if (message.configs != null && message.configs.length)
                    for (let i = 0; i < message.configs.length; ++i)
                        $root.millrace.metadata.ConfigEntry.encode(message.configs[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.createdMs != null && $Object.hasOwnProperty.call(message, "createdMs") && (typeof message.createdMs === "object" ? message.createdMs.low || message.createdMs.high : message.createdMs !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).int64(message.createdMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TopicRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.TopicRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.TopicRecord & millrace.metadata.TopicRecord.$Shape} TopicRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TopicRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.TopicRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.partitionCount = value;
                            else
                                delete message.partitionCount;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.configs && message.configs.length))
                                message.configs = [];
                            message.configs.push($root.millrace.metadata.ConfigEntry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.int64()) === "object" ? value.low || value.high : value !== 0)
                                message.createdMs = value;
                            else
                                delete message.createdMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return TopicRecord;
        })();

        metadata.ConfigEntry = (function() {

            /**
             * Properties of a ConfigEntry.
             * @typedef {Object} millrace.metadata.ConfigEntry.$Properties
             * @property {string|null} [name] ConfigEntry name
             * @property {string|null} [value] ConfigEntry value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ConfigEntry.
             * @memberof millrace.metadata
             * @interface IConfigEntry
             * @augments millrace.metadata.ConfigEntry.$Properties
             * @deprecated Use millrace.metadata.ConfigEntry.$Properties instead.
             */

            /**
             * Shape of a ConfigEntry.
             * @typedef {millrace.metadata.ConfigEntry.$Properties} millrace.metadata.ConfigEntry.$Shape
             */

            /**
             * Constructs a new ConfigEntry.
             * @memberof millrace.metadata
             * @classdesc Represents a ConfigEntry.
             * @constructor
             * @param {millrace.metadata.ConfigEntry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ConfigEntry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ConfigEntry name.
             * @member {string} name
             * @memberof millrace.metadata.ConfigEntry
             * @instance
             */
            ConfigEntry.prototype.name = "";

            /**
             * ConfigEntry value.
             * @member {string} value
             * @memberof millrace.metadata.ConfigEntry
             * @instance
             */
            ConfigEntry.prototype.value = "";

            /**
             * Encodes the specified ConfigEntry message. Does not implicitly {@link millrace.metadata.ConfigEntry.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.ConfigEntry
             * @static
             * @param {millrace.metadata.ConfigEntry.$Properties} message ConfigEntry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ConfigEntry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ConfigEntry message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.ConfigEntry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.ConfigEntry & millrace.metadata.ConfigEntry.$Shape} ConfigEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ConfigEntry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.ConfigEntry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ConfigEntry;
        })();

        metadata.PartitionRecord = (function() {

            /**
             * Properties of a PartitionRecord.
             * @typedef {Object} millrace.metadata.PartitionRecord.$Properties
             * @property {Uint8Array|null} [topicId] PartitionRecord topicId
             * @property {number|null} [index] PartitionRecord index
             * @property {Array.<millrace.metadata.ReplicaRecord.$Properties>|null} [replicas] PartitionRecord replicas
             * @property {Array.<millrace.metadata.InSyncReplicaRecord.$Properties>|null} [isr] PartitionRecord isr
             * @property {number|null} [leader] PartitionRecord leader
             * @property {number|null} [leaderEpoch] PartitionRecord leaderEpoch
             * @property {number|null} [partitionEpoch] PartitionRecord partitionEpoch
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PartitionRecord.
             * @memberof millrace.metadata
             * @interface IPartitionRecord
             * @augments millrace.metadata.PartitionRecord.$Properties
             * @deprecated Use millrace.metadata.PartitionRecord.$Properties instead.
             */

            /**
             * Shape of a PartitionRecord.
             * @typedef {millrace.metadata.PartitionRecord.$Properties} millrace.metadata.PartitionRecord.$Shape
             */

            /**
             * Constructs a new PartitionRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a PartitionRecord.
             * @constructor
             * @param {millrace.metadata.PartitionRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PartitionRecord = function (properties) {
                this.replicas = [];
                this.isr = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PartitionRecord topicId.
             * @member {Uint8Array} topicId
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.topicId = $util.newBuffer([]);

            /**
             * PartitionRecord index.
             * @member {number} index
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.index = 0;

            /**
             * PartitionRecord replicas.
             * @member {Array.<millrace.metadata.ReplicaRecord.$Properties>} replicas
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.replicas = $util.emptyArray;

            /**
             * PartitionRecord isr.
             * @member {Array.<millrace.metadata.InSyncReplicaRecord.$Properties>} isr
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.isr = $util.emptyArray;

            /**
             * PartitionRecord leader.
             * @member {number} leader
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.leader = 0;

            /**
             * PartitionRecord leaderEpoch.
             * @member {number} leaderEpoch
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.leaderEpoch = 0;

            /**
             * PartitionRecord partitionEpoch.
             * @member {number} partitionEpoch
             * @memberof millrace.metadata.PartitionRecord
             * @instance
             */
            PartitionRecord.prototype.partitionEpoch = 0;

            /**
             * Encodes the specified PartitionRecord message. Does not implicitly {@link millrace.metadata.PartitionRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.PartitionRecord
             * @static
             * @param {millrace.metadata.PartitionRecord.$Properties} message PartitionRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PartitionRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.topicId != null && $Object.hasOwnProperty.call(message, "topicId") && message.topicId.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.topicId);
                if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.index);
                if (message.replicas != null && message.replicas.length)
                    for (let i = 0; i < message.replicas.length; ++i)
                        $root.millrace.metadata.ReplicaRecord.encode(message.replicas[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.isr != null && message.isr.length)
                    for (let i = 0; i < message.isr.length; ++i)
                        $root.millrace.metadata.InSyncReplicaRecord.encode(message.isr[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.leader != null && $Object.hasOwnProperty.call(message, "leader") && message.leader !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).sint32(message.leader);
                if (message.leaderEpoch != null && $Object.hasOwnProperty.call(message, "leaderEpoch") && message.leaderEpoch !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.leaderEpoch);
                if (message.partitionEpoch != null && $Object.hasOwnProperty.call(message, "partitionEpoch") && message.partitionEpoch !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.partitionEpoch);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PartitionRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.PartitionRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.PartitionRecord & millrace.metadata.PartitionRecord.$Shape} PartitionRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PartitionRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.PartitionRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.topicId = value;
                            else
                                delete message.topicId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.index = value;
                            else
                                delete message.index;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.replicas && message.replicas.length))
                                message.replicas = [];
                            message.replicas.push($root.millrace.metadata.ReplicaRecord.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.isr && message.isr.length))
                                message.isr = [];
                            message.isr.push($root.millrace.metadata.InSyncReplicaRecord.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.sint32())
                                message.leader = value;
                            else
                                delete message.leader;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.leaderEpoch = value;
                            else
                                delete message.leaderEpoch;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.partitionEpoch = value;
                            else
                                delete message.partitionEpoch;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PartitionRecord;
        })();

        metadata.ReplicaRecord = (function() {

            /**
             * Properties of a ReplicaRecord.
             * @typedef {Object} millrace.metadata.ReplicaRecord.$Properties
             * @property {number|null} [brokerId] ReplicaRecord brokerId
             * @property {Uint8Array|null} [directoryId] ReplicaRecord directoryId
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ReplicaRecord.
             * @memberof millrace.metadata
             * @interface IReplicaRecord
             * @augments millrace.metadata.ReplicaRecord.$Properties
             * @deprecated Use millrace.metadata.ReplicaRecord.$Properties instead.
             */

            /**
             * Shape of a ReplicaRecord.
             * @typedef {millrace.metadata.ReplicaRecord.$Properties} millrace.metadata.ReplicaRecord.$Shape
             */

            /**
             * Constructs a new ReplicaRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a ReplicaRecord.
             * @constructor
             * @param {millrace.metadata.ReplicaRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ReplicaRecord = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ReplicaRecord brokerId.
             * @member {number} brokerId
             * @memberof millrace.metadata.ReplicaRecord
             * @instance
             */
            ReplicaRecord.prototype.brokerId = 0;

            /**
             * ReplicaRecord directoryId.
             * @member {Uint8Array} directoryId
             * @memberof millrace.metadata.ReplicaRecord
             * @instance
             */
            ReplicaRecord.prototype.directoryId = $util.newBuffer([]);

            /**
             * Encodes the specified ReplicaRecord message. Does not implicitly {@link millrace.metadata.ReplicaRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.ReplicaRecord
             * @static
             * @param {millrace.metadata.ReplicaRecord.$Properties} message ReplicaRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ReplicaRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.brokerId != null && $Object.hasOwnProperty.call(message, "brokerId") && message.brokerId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.brokerId);
                if (message.directoryId != null && $Object.hasOwnProperty.call(message, "directoryId") && message.directoryId.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.directoryId);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ReplicaRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.ReplicaRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.ReplicaRecord & millrace.metadata.ReplicaRecord.$Shape} ReplicaRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ReplicaRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.ReplicaRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.brokerId = value;
                            else
                                delete message.brokerId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.directoryId = value;
                            else
                                delete message.directoryId;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ReplicaRecord;
        })();

        metadata.InSyncReplicaRecord = (function() {

            /**
             * Properties of an InSyncReplicaRecord.
             * @typedef {Object} millrace.metadata.InSyncReplicaRecord.$Properties
             * @property {number|null} [brokerId] InSyncReplicaRecord brokerId
             * @property {Uint8Array|null} [incarnation] InSyncReplicaRecord incarnation
             * @property {Uint8Array|null} [directoryId] InSyncReplicaRecord directoryId
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an InSyncReplicaRecord.
             * @memberof millrace.metadata
             * @interface IInSyncReplicaRecord
             * @augments millrace.metadata.InSyncReplicaRecord.$Properties
             * @deprecated Use millrace.metadata.InSyncReplicaRecord.$Properties instead.
             */

            /**
             * Shape of an InSyncReplicaRecord.
             * @typedef {millrace.metadata.InSyncReplicaRecord.$Properties} millrace.metadata.InSyncReplicaRecord.$Shape
             */

            /**
             * Constructs a new InSyncReplicaRecord.
             * @memberof millrace.metadata
             * @classdesc Represents an InSyncReplicaRecord.
             * @constructor
             * @param {millrace.metadata.InSyncReplicaRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const InSyncReplicaRecord = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * InSyncReplicaRecord brokerId.
             * @member {number} brokerId
             * @memberof millrace.metadata.InSyncReplicaRecord
             * @instance
             */
            InSyncReplicaRecord.prototype.brokerId = 0;

            /**
             * InSyncReplicaRecord incarnation.
             * @member {Uint8Array} incarnation
             * @memberof millrace.metadata.InSyncReplicaRecord
             * @instance
             */
            InSyncReplicaRecord.prototype.incarnation = $util.newBuffer([]);

            /**
             * InSyncReplicaRecord directoryId.
             * @member {Uint8Array} directoryId
             * @memberof millrace.metadata.InSyncReplicaRecord
             * @instance
             */
            InSyncReplicaRecord.prototype.directoryId = $util.newBuffer([]);

            /**
             * Encodes the specified InSyncReplicaRecord message. Does not implicitly {@link millrace.metadata.InSyncReplicaRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.InSyncReplicaRecord
             * @static
             * @param {millrace.metadata.InSyncReplicaRecord.$Properties} message InSyncReplicaRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            InSyncReplicaRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.brokerId != null && $Object.hasOwnProperty.call(message, "brokerId") && message.brokerId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.brokerId);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.incarnation);
                if (message.directoryId != null && $Object.hasOwnProperty.call(message, "directoryId") && message.directoryId.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.directoryId);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an InSyncReplicaRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.InSyncReplicaRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.InSyncReplicaRecord & millrace.metadata.InSyncReplicaRecord.$Shape} InSyncReplicaRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            InSyncReplicaRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.InSyncReplicaRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.brokerId = value;
                            else
                                delete message.brokerId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.directoryId = value;
                            else
                                delete message.directoryId;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return InSyncReplicaRecord;
        })();

        metadata.BrokerRegistration = (function() {

            /**
             * Properties of a BrokerRegistration.
             * @typedef {Object} millrace.metadata.BrokerRegistration.$Properties
             * @property {number|null} [brokerId] BrokerRegistration brokerId
             * @property {Uint8Array|null} [incarnation] BrokerRegistration incarnation
             * @property {Array.<millrace.metadata.EndpointRecord.$Properties>|null} [endpoints] BrokerRegistration endpoints
             * @property {Array.<Uint8Array>|null} [directories] BrokerRegistration directories
             * @property {string|null} [rack] BrokerRegistration rack
             * @property {string|null} [softwareVersion] BrokerRegistration softwareVersion
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a BrokerRegistration.
             * @memberof millrace.metadata
             * @interface IBrokerRegistration
             * @augments millrace.metadata.BrokerRegistration.$Properties
             * @deprecated Use millrace.metadata.BrokerRegistration.$Properties instead.
             */

            /**
             * Shape of a BrokerRegistration.
             * @typedef {millrace.metadata.BrokerRegistration.$Properties} millrace.metadata.BrokerRegistration.$Shape
             */

            /**
             * Constructs a new BrokerRegistration.
             * @memberof millrace.metadata
             * @classdesc Represents a BrokerRegistration.
             * @constructor
             * @param {millrace.metadata.BrokerRegistration.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const BrokerRegistration = function (properties) {
                this.endpoints = [];
                this.directories = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * BrokerRegistration brokerId.
             * @member {number} brokerId
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.brokerId = 0;

            /**
             * BrokerRegistration incarnation.
             * @member {Uint8Array} incarnation
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.incarnation = $util.newBuffer([]);

            /**
             * BrokerRegistration endpoints.
             * @member {Array.<millrace.metadata.EndpointRecord.$Properties>} endpoints
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.endpoints = $util.emptyArray;

            /**
             * BrokerRegistration directories.
             * @member {Array.<Uint8Array>} directories
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.directories = $util.emptyArray;

            /**
             * BrokerRegistration rack.
             * @member {string} rack
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.rack = "";

            /**
             * BrokerRegistration softwareVersion.
             * @member {string} softwareVersion
             * @memberof millrace.metadata.BrokerRegistration
             * @instance
             */
            BrokerRegistration.prototype.softwareVersion = "";

            /**
             * Encodes the specified BrokerRegistration message. Does not implicitly {@link millrace.metadata.BrokerRegistration.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.BrokerRegistration
             * @static
             * @param {millrace.metadata.BrokerRegistration.$Properties} message BrokerRegistration message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            BrokerRegistration.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.brokerId != null && $Object.hasOwnProperty.call(message, "brokerId") && message.brokerId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.brokerId);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.incarnation);
                if (message.endpoints != null && message.endpoints.length)
                    for (let i = 0; i < message.endpoints.length; ++i)
                        $root.millrace.metadata.EndpointRecord.encode(message.endpoints[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.directories != null && message.directories.length)
                    for (let i = 0; i < message.directories.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.directories[i]);
                if (message.rack != null && $Object.hasOwnProperty.call(message, "rack") && message.rack !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.rack);
                if (message.softwareVersion != null && $Object.hasOwnProperty.call(message, "softwareVersion") && message.softwareVersion !== "")
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.softwareVersion);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a BrokerRegistration message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.BrokerRegistration
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.BrokerRegistration & millrace.metadata.BrokerRegistration.$Shape} BrokerRegistration
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            BrokerRegistration.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.BrokerRegistration();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.brokerId = value;
                            else
                                delete message.brokerId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.endpoints && message.endpoints.length))
                                message.endpoints = [];
                            message.endpoints.push($root.millrace.metadata.EndpointRecord.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.directories && message.directories.length))
                                message.directories = [];
                            message.directories.push(reader.bytes());
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.rack = value;
                            else
                                delete message.rack;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.softwareVersion = value;
                            else
                                delete message.softwareVersion;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return BrokerRegistration;
        })();

        metadata.EndpointRecord = (function() {

            /**
             * Properties of an EndpointRecord.
             * @typedef {Object} millrace.metadata.EndpointRecord.$Properties
             * @property {string|null} [name] EndpointRecord name
             * @property {string|null} [host] EndpointRecord host
             * @property {number|null} [port] EndpointRecord port
             * @property {string|null} [securityProtocol] EndpointRecord securityProtocol
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an EndpointRecord.
             * @memberof millrace.metadata
             * @interface IEndpointRecord
             * @augments millrace.metadata.EndpointRecord.$Properties
             * @deprecated Use millrace.metadata.EndpointRecord.$Properties instead.
             */

            /**
             * Shape of an EndpointRecord.
             * @typedef {millrace.metadata.EndpointRecord.$Properties} millrace.metadata.EndpointRecord.$Shape
             */

            /**
             * Constructs a new EndpointRecord.
             * @memberof millrace.metadata
             * @classdesc Represents an EndpointRecord.
             * @constructor
             * @param {millrace.metadata.EndpointRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const EndpointRecord = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * EndpointRecord name.
             * @member {string} name
             * @memberof millrace.metadata.EndpointRecord
             * @instance
             */
            EndpointRecord.prototype.name = "";

            /**
             * EndpointRecord host.
             * @member {string} host
             * @memberof millrace.metadata.EndpointRecord
             * @instance
             */
            EndpointRecord.prototype.host = "";

            /**
             * EndpointRecord port.
             * @member {number} port
             * @memberof millrace.metadata.EndpointRecord
             * @instance
             */
            EndpointRecord.prototype.port = 0;

            /**
             * EndpointRecord securityProtocol.
             * @member {string} securityProtocol
             * @memberof millrace.metadata.EndpointRecord
             * @instance
             */
            EndpointRecord.prototype.securityProtocol = "";

            /**
             * Encodes the specified EndpointRecord message. Does not implicitly {@link millrace.metadata.EndpointRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.EndpointRecord
             * @static
             * @param {millrace.metadata.EndpointRecord.$Properties} message EndpointRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            EndpointRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.host);
                if (message.port != null && $Object.hasOwnProperty.call(message, "port") && message.port !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.port);
                if (message.securityProtocol != null && $Object.hasOwnProperty.call(message, "securityProtocol") && message.securityProtocol !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.securityProtocol);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an EndpointRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.EndpointRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.EndpointRecord & millrace.metadata.EndpointRecord.$Shape} EndpointRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            EndpointRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.EndpointRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.port = value;
                            else
                                delete message.port;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.securityProtocol = value;
                            else
                                delete message.securityProtocol;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return EndpointRecord;
        })();

        metadata.BrokerConfigRecord = (function() {

            /**
             * Properties of a BrokerConfigRecord.
             * @typedef {Object} millrace.metadata.BrokerConfigRecord.$Properties
             * @property {Array.<millrace.metadata.ConfigEntry.$Properties>|null} [configs] BrokerConfigRecord configs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a BrokerConfigRecord.
             * @memberof millrace.metadata
             * @interface IBrokerConfigRecord
             * @augments millrace.metadata.BrokerConfigRecord.$Properties
             * @deprecated Use millrace.metadata.BrokerConfigRecord.$Properties instead.
             */

            /**
             * Shape of a BrokerConfigRecord.
             * @typedef {millrace.metadata.BrokerConfigRecord.$Properties} millrace.metadata.BrokerConfigRecord.$Shape
             */

            /**
             * Constructs a new BrokerConfigRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a BrokerConfigRecord.
             * @constructor
             * @param {millrace.metadata.BrokerConfigRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const BrokerConfigRecord = function (properties) {
                this.configs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * BrokerConfigRecord configs.
             * @member {Array.<millrace.metadata.ConfigEntry.$Properties>} configs
             * @memberof millrace.metadata.BrokerConfigRecord
             * @instance
             */
            BrokerConfigRecord.prototype.configs = $util.emptyArray;

            /**
             * Encodes the specified BrokerConfigRecord message. Does not implicitly {@link millrace.metadata.BrokerConfigRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.BrokerConfigRecord
             * @static
             * @param {millrace.metadata.BrokerConfigRecord.$Properties} message BrokerConfigRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            BrokerConfigRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.configs != null && message.configs.length)
                    for (let i = 0; i < message.configs.length; ++i)
                        $root.millrace.metadata.ConfigEntry.encode(message.configs[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a BrokerConfigRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.BrokerConfigRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.BrokerConfigRecord & millrace.metadata.BrokerConfigRecord.$Shape} BrokerConfigRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            BrokerConfigRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.BrokerConfigRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.configs && message.configs.length))
                                message.configs = [];
                            message.configs.push($root.millrace.metadata.ConfigEntry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return BrokerConfigRecord;
        })();

        metadata.ProducerIdBlock = (function() {

            /**
             * Properties of a ProducerIdBlock.
             * @typedef {Object} millrace.metadata.ProducerIdBlock.$Properties
             * @property {number|Long|null} [next] ProducerIdBlock next
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ProducerIdBlock.
             * @memberof millrace.metadata
             * @interface IProducerIdBlock
             * @augments millrace.metadata.ProducerIdBlock.$Properties
             * @deprecated Use millrace.metadata.ProducerIdBlock.$Properties instead.
             */

            /**
             * Shape of a ProducerIdBlock.
             * @typedef {millrace.metadata.ProducerIdBlock.$Properties} millrace.metadata.ProducerIdBlock.$Shape
             */

            /**
             * Constructs a new ProducerIdBlock.
             * @memberof millrace.metadata
             * @classdesc Represents a ProducerIdBlock.
             * @constructor
             * @param {millrace.metadata.ProducerIdBlock.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ProducerIdBlock = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ProducerIdBlock next.
             * @member {number|Long} next
             * @memberof millrace.metadata.ProducerIdBlock
             * @instance
             */
            ProducerIdBlock.prototype.next = $util.Long ? $util.Long.fromBits(0,0,false) : 0;

            /**
             * Encodes the specified ProducerIdBlock message. Does not implicitly {@link millrace.metadata.ProducerIdBlock.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.ProducerIdBlock
             * @static
             * @param {millrace.metadata.ProducerIdBlock.$Properties} message ProducerIdBlock message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ProducerIdBlock.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.next != null && $Object.hasOwnProperty.call(message, "next") && (typeof message.next === "object" ? message.next.low || message.next.high : message.next !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).int64(message.next);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ProducerIdBlock message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.ProducerIdBlock
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.ProducerIdBlock & millrace.metadata.ProducerIdBlock.$Shape} ProducerIdBlock
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ProducerIdBlock.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.ProducerIdBlock();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.int64()) === "object" ? value.low || value.high : value !== 0)
                                message.next = value;
                            else
                                delete message.next;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ProducerIdBlock;
        })();

        metadata.ControllerRecord = (function() {

            /**
             * Properties of a ControllerRecord.
             * @typedef {Object} millrace.metadata.ControllerRecord.$Properties
             * @property {number|null} [brokerId] ControllerRecord brokerId
             * @property {Uint8Array|null} [incarnation] ControllerRecord incarnation
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ControllerRecord.
             * @memberof millrace.metadata
             * @interface IControllerRecord
             * @augments millrace.metadata.ControllerRecord.$Properties
             * @deprecated Use millrace.metadata.ControllerRecord.$Properties instead.
             */

            /**
             * Shape of a ControllerRecord.
             * @typedef {millrace.metadata.ControllerRecord.$Properties} millrace.metadata.ControllerRecord.$Shape
             */

            /**
             * Constructs a new ControllerRecord.
             * @memberof millrace.metadata
             * @classdesc Represents a ControllerRecord.
             * @constructor
             * @param {millrace.metadata.ControllerRecord.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ControllerRecord = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ControllerRecord brokerId.
             * @member {number} brokerId
             * @memberof millrace.metadata.ControllerRecord
             * @instance
             */
            ControllerRecord.prototype.brokerId = 0;

            /**
             * ControllerRecord incarnation.
             * @member {Uint8Array} incarnation
             * @memberof millrace.metadata.ControllerRecord
             * @instance
             */
            ControllerRecord.prototype.incarnation = $util.newBuffer([]);

            /**
             * Encodes the specified ControllerRecord message. Does not implicitly {@link millrace.metadata.ControllerRecord.verify|verify} messages.
             * @function encode
             * @memberof millrace.metadata.ControllerRecord
             * @static
             * @param {millrace.metadata.ControllerRecord.$Properties} message ControllerRecord message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ControllerRecord.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.brokerId != null && $Object.hasOwnProperty.call(message, "brokerId") && message.brokerId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.brokerId);
                if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.incarnation);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ControllerRecord message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.metadata.ControllerRecord
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.metadata.ControllerRecord & millrace.metadata.ControllerRecord.$Shape} ControllerRecord
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ControllerRecord.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.millrace.metadata.ControllerRecord();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.brokerId = value;
                            else
                                delete message.brokerId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.incarnation = value;
                            else
                                delete message.incarnation;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ControllerRecord;
        })();

        return metadata;
    })();

    return millrace;
})();

export {
  $root as default
};
