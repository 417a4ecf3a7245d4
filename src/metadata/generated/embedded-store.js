// Generated from proto/embedded-store.proto by scripts/proto.mjs. Do not edit.
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["millrace.store"] || ($protobuf.roots["millrace.store"] = {});

export const millrace = $root.millrace = (() => {

    /**
     * Namespace millrace.
     * @exports millrace
     * @namespace
     */
    const millrace = {};

    millrace.store = (function() {

        /**
         * Namespace store.
         * @memberof millrace
         * @namespace
         */
        const store = {};

        store.LogBatch = (function() {

            /**
             * Properties of a LogBatch.
             * @typedef {Object} millrace.store.LogBatch.$Properties
             * @property {Array.<millrace.store.LogChange.$Properties>|null} [changes] LogBatch changes
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LogBatch.
             * @memberof millrace.store
             * @interface ILogBatch
             * @augments millrace.store.LogBatch.$Properties
             * @deprecated Use millrace.store.LogBatch.$Properties instead.
             */

            /**
             * Shape of a LogBatch.
             * @typedef {millrace.store.LogBatch.$Properties} millrace.store.LogBatch.$Shape
             */

            /**
             * Constructs a new LogBatch.
             * @memberof millrace.store
             * @classdesc Represents a LogBatch.
             * @constructor
             * @param {millrace.store.LogBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LogBatch = function (properties) {
                this.changes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LogBatch changes.
             * @member {Array.<millrace.store.LogChange.$Properties>} changes
             * @memberof millrace.store.LogBatch
             * @instance
             */
            LogBatch.prototype.changes = $util.emptyArray;

            /**
             * Encodes the specified LogBatch message. Does not implicitly {@link millrace.store.LogBatch.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.LogBatch
             * @static
             * @param {millrace.store.LogBatch.$Properties} message LogBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LogBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.changes != null && message.changes.length)
                    for (let i = 0; i < message.changes.length; ++i)
                        $root.millrace.store.LogChange.encode(message.changes[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LogBatch message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.LogBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.LogBatch & millrace.store.LogBatch.$Shape} LogBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LogBatch.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.LogBatch();
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
                            if (!(message.changes && message.changes.length))
                                message.changes = [];
                            message.changes.push($root.millrace.store.LogChange.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return LogBatch;
        })();

        store.LogChange = (function() {

            /**
             * Properties of a LogChange.
             * @typedef {Object} millrace.store.LogChange.$Properties
             * @property {number|Long|null} [revision] LogChange revision
             * @property {Array.<millrace.store.LogPut.$Properties>|null} [puts] LogChange puts
             * @property {Array.<string>|null} [deletes] LogChange deletes
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LogChange.
             * @memberof millrace.store
             * @interface ILogChange
             * @augments millrace.store.LogChange.$Properties
             * @deprecated Use millrace.store.LogChange.$Properties instead.
             */

            /**
             * Shape of a LogChange.
             * @typedef {millrace.store.LogChange.$Properties} millrace.store.LogChange.$Shape
             */

            /**
             * Constructs a new LogChange.
             * @memberof millrace.store
             * @classdesc Represents a LogChange.
             * @constructor
             * @param {millrace.store.LogChange.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LogChange = function (properties) {
                this.puts = [];
                this.deletes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LogChange revision.
             * @member {number|Long} revision
             * @memberof millrace.store.LogChange
             * @instance
             */
            LogChange.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LogChange puts.
             * @member {Array.<millrace.store.LogPut.$Properties>} puts
             * @memberof millrace.store.LogChange
             * @instance
             */
            LogChange.prototype.puts = $util.emptyArray;

            /**
             * LogChange deletes.
             * @member {Array.<string>} deletes
             * @memberof millrace.store.LogChange
             * @instance
             */
            LogChange.prototype.deletes = $util.emptyArray;

            /**
             * Encodes the specified LogChange message. Does not implicitly {@link millrace.store.LogChange.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.LogChange
             * @static
             * @param {millrace.store.LogChange.$Properties} message LogChange message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LogChange.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.revision);
                if (message.puts != null && message.puts.length)
                    for (let i = 0; i < message.puts.length; ++i)
                        $root.millrace.store.LogPut.encode(message.puts[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.deletes != null && message.deletes.length)
                    for (let i = 0; i < message.deletes.length; ++i)
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.deletes[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LogChange message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.LogChange
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.LogChange & millrace.store.LogChange.$Shape} LogChange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LogChange.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.LogChange();
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
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.puts && message.puts.length))
                                message.puts = [];
                            message.puts.push($root.millrace.store.LogPut.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.deletes && message.deletes.length))
                                message.deletes = [];
                            message.deletes.push(reader.stringVerify());
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

            return LogChange;
        })();

        store.LogPut = (function() {

            /**
             * Properties of a LogPut.
             * @typedef {Object} millrace.store.LogPut.$Properties
             * @property {string|null} [key] LogPut key
             * @property {Uint8Array|null} [value] LogPut value
             * @property {number|Long|null} [lease] LogPut lease
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LogPut.
             * @memberof millrace.store
             * @interface ILogPut
             * @augments millrace.store.LogPut.$Properties
             * @deprecated Use millrace.store.LogPut.$Properties instead.
             */

            /**
             * Shape of a LogPut.
             * @typedef {millrace.store.LogPut.$Properties} millrace.store.LogPut.$Shape
             */

            /**
             * Constructs a new LogPut.
             * @memberof millrace.store
             * @classdesc Represents a LogPut.
             * @constructor
             * @param {millrace.store.LogPut.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LogPut = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LogPut key.
             * @member {string} key
             * @memberof millrace.store.LogPut
             * @instance
             */
            LogPut.prototype.key = "";

            /**
             * LogPut value.
             * @member {Uint8Array} value
             * @memberof millrace.store.LogPut
             * @instance
             */
            LogPut.prototype.value = $util.newBuffer([]);

            /**
             * LogPut lease.
             * @member {number|Long} lease
             * @memberof millrace.store.LogPut
             * @instance
             */
            LogPut.prototype.lease = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified LogPut message. Does not implicitly {@link millrace.store.LogPut.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.LogPut
             * @static
             * @param {millrace.store.LogPut.$Properties} message LogPut message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LogPut.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.value);
                if (message.lease != null && $Object.hasOwnProperty.call(message, "lease") && (typeof message.lease === "object" ? message.lease.low || message.lease.high : message.lease !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.lease);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LogPut message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.LogPut
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.LogPut & millrace.store.LogPut.$Shape} LogPut
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LogPut.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.LogPut();
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
                                message.key = value;
                            else
                                delete message.key;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lease = value;
                            else
                                delete message.lease;
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

            return LogPut;
        })();

        store.SnapshotPart = (function() {

            /**
             * Properties of a SnapshotPart.
             * @typedef {Object} millrace.store.SnapshotPart.$Properties
             * @property {Array.<millrace.store.SnapshotEntry.$Properties>|null} [entries] SnapshotPart entries
             * @property {millrace.store.SnapshotEnd.$Properties|null} [end] SnapshotPart end
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotPart.
             * @memberof millrace.store
             * @interface ISnapshotPart
             * @augments millrace.store.SnapshotPart.$Properties
             * @deprecated Use millrace.store.SnapshotPart.$Properties instead.
             */

            /**
             * Shape of a SnapshotPart.
             * @typedef {millrace.store.SnapshotPart.$Properties} millrace.store.SnapshotPart.$Shape
             */

            /**
             * Constructs a new SnapshotPart.
             * @memberof millrace.store
             * @classdesc Represents a SnapshotPart.
             * @constructor
             * @param {millrace.store.SnapshotPart.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotPart = function (properties) {
                this.entries = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotPart entries.
             * @member {Array.<millrace.store.SnapshotEntry.$Properties>} entries
             * @memberof millrace.store.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.entries = $util.emptyArray;

            /**
             * SnapshotPart end.
             * @member {millrace.store.SnapshotEnd.$Properties|null|undefined} end
             * @memberof millrace.store.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.end = null;

            /**
             * Encodes the specified SnapshotPart message. Does not implicitly {@link millrace.store.SnapshotPart.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.SnapshotPart
             * @static
             * @param {millrace.store.SnapshotPart.$Properties} message SnapshotPart message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotPart.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.entries != null && message.entries.length)
                    for (let i = 0; i < message.entries.length; ++i)
                        $root.millrace.store.SnapshotEntry.encode(message.entries[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.end != null && $Object.hasOwnProperty.call(message, "end"))
                    $root.millrace.store.SnapshotEnd.encode(message.end, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotPart message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.SnapshotPart
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotPart & millrace.store.SnapshotPart.$Shape} SnapshotPart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotPart.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.SnapshotPart();
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
                            if (!(message.entries && message.entries.length))
                                message.entries = [];
                            message.entries.push($root.millrace.store.SnapshotEntry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.end = $root.millrace.store.SnapshotEnd.decode(reader, reader.size(), $undefined, _depth + 1, message.end);
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

            return SnapshotPart;
        })();

        store.SnapshotEntry = (function() {

            /**
             * Properties of a SnapshotEntry.
             * @typedef {Object} millrace.store.SnapshotEntry.$Properties
             * @property {string|null} [key] SnapshotEntry key
             * @property {Uint8Array|null} [value] SnapshotEntry value
             * @property {number|Long|null} [createRevision] SnapshotEntry createRevision
             * @property {number|Long|null} [modRevision] SnapshotEntry modRevision
             * @property {number|Long|null} [lease] SnapshotEntry lease
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotEntry.
             * @memberof millrace.store
             * @interface ISnapshotEntry
             * @augments millrace.store.SnapshotEntry.$Properties
             * @deprecated Use millrace.store.SnapshotEntry.$Properties instead.
             */

            /**
             * Shape of a SnapshotEntry.
             * @typedef {millrace.store.SnapshotEntry.$Properties} millrace.store.SnapshotEntry.$Shape
             */

            /**
             * Constructs a new SnapshotEntry.
             * @memberof millrace.store
             * @classdesc Represents a SnapshotEntry.
             * @constructor
             * @param {millrace.store.SnapshotEntry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotEntry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotEntry key.
             * @member {string} key
             * @memberof millrace.store.SnapshotEntry
             * @instance
             */
            SnapshotEntry.prototype.key = "";

            /**
             * SnapshotEntry value.
             * @member {Uint8Array} value
             * @memberof millrace.store.SnapshotEntry
             * @instance
             */
            SnapshotEntry.prototype.value = $util.newBuffer([]);

            /**
             * SnapshotEntry createRevision.
             * @member {number|Long} createRevision
             * @memberof millrace.store.SnapshotEntry
             * @instance
             */
            SnapshotEntry.prototype.createRevision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * SnapshotEntry modRevision.
             * @member {number|Long} modRevision
             * @memberof millrace.store.SnapshotEntry
             * @instance
             */
            SnapshotEntry.prototype.modRevision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * SnapshotEntry lease.
             * @member {number|Long} lease
             * @memberof millrace.store.SnapshotEntry
             * @instance
             */
            SnapshotEntry.prototype.lease = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified SnapshotEntry message. Does not implicitly {@link millrace.store.SnapshotEntry.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.SnapshotEntry
             * @static
             * @param {millrace.store.SnapshotEntry.$Properties} message SnapshotEntry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotEntry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.value);
                if (message.createRevision != null && $Object.hasOwnProperty.call(message, "createRevision") && (typeof message.createRevision === "object" ? message.createRevision.low || message.createRevision.high : message.createRevision !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.createRevision);
                if (message.modRevision != null && $Object.hasOwnProperty.call(message, "modRevision") && (typeof message.modRevision === "object" ? message.modRevision.low || message.modRevision.high : message.modRevision !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.modRevision);
                if (message.lease != null && $Object.hasOwnProperty.call(message, "lease") && (typeof message.lease === "object" ? message.lease.low || message.lease.high : message.lease !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.lease);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotEntry message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.SnapshotEntry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotEntry & millrace.store.SnapshotEntry.$Shape} SnapshotEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotEntry.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.SnapshotEntry();
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
                                message.key = value;
                            else
                                delete message.key;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.createRevision = value;
                            else
                                delete message.createRevision;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.modRevision = value;
                            else
                                delete message.modRevision;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.lease = value;
                            else
                                delete message.lease;
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

            return SnapshotEntry;
        })();

        store.SnapshotEnd = (function() {

            /**
             * Properties of a SnapshotEnd.
             * @typedef {Object} millrace.store.SnapshotEnd.$Properties
             * @property {number|Long|null} [revision] SnapshotEnd revision
             * @property {number|Long|null} [entryCount] SnapshotEnd entryCount
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotEnd.
             * @memberof millrace.store
             * @interface ISnapshotEnd
             * @augments millrace.store.SnapshotEnd.$Properties
             * @deprecated Use millrace.store.SnapshotEnd.$Properties instead.
             */

            /**
             * Shape of a SnapshotEnd.
             * @typedef {millrace.store.SnapshotEnd.$Properties} millrace.store.SnapshotEnd.$Shape
             */

            /**
             * Constructs a new SnapshotEnd.
             * @memberof millrace.store
             * @classdesc Represents a SnapshotEnd.
             * @constructor
             * @param {millrace.store.SnapshotEnd.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotEnd = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotEnd revision.
             * @member {number|Long} revision
             * @memberof millrace.store.SnapshotEnd
             * @instance
             */
            SnapshotEnd.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * SnapshotEnd entryCount.
             * @member {number|Long} entryCount
             * @memberof millrace.store.SnapshotEnd
             * @instance
             */
            SnapshotEnd.prototype.entryCount = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified SnapshotEnd message. Does not implicitly {@link millrace.store.SnapshotEnd.verify|verify} messages.
             * @function encode
             * @memberof millrace.store.SnapshotEnd
             * @static
             * @param {millrace.store.SnapshotEnd.$Properties} message SnapshotEnd message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotEnd.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.revision);
                if (message.entryCount != null && $Object.hasOwnProperty.call(message, "entryCount") && (typeof message.entryCount === "object" ? message.entryCount.low || message.entryCount.high : message.entryCount !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.entryCount);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotEnd message from the specified reader or buffer.
             * @function decode
             * @memberof millrace.store.SnapshotEnd
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotEnd & millrace.store.SnapshotEnd.$Shape} SnapshotEnd
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotEnd.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.millrace.store.SnapshotEnd();
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
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.entryCount = value;
                            else
                                delete message.entryCount;
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

            return SnapshotEnd;
        })();

        return store;
    })();

    return millrace;
})();

export {
  $root as default
};
