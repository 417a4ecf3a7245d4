// Generated from proto/embedded-store.proto by scripts/proto.mjs. Do not edit.
import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace millrace. */
export namespace millrace {

    /** Namespace store. */
    namespace store {

        /**
         * Properties of a LogBatch.
         * @deprecated Use millrace.store.LogBatch.$Properties instead.
         */
        interface ILogBatch extends millrace.store.LogBatch.$Properties {
        }

        /** Represents a LogBatch. */
        class LogBatch {

            /**
             * Constructs a new LogBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.LogBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogBatch changes. */
            changes: millrace.store.LogChange.$Properties[];

            /**
             * Encodes the specified LogBatch message. Does not implicitly {@link millrace.store.LogBatch.verify|verify} messages.
             * @param message LogBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.LogBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.LogBatch & millrace.store.LogBatch.$Shape} LogBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.LogBatch & millrace.store.LogBatch.$Shape;
        }

        namespace LogBatch {

            /** Properties of a LogBatch. */
            interface $Properties {

                /** LogBatch changes */
                changes?: (millrace.store.LogChange.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogBatch. */
            type $Shape = millrace.store.LogBatch.$Properties;
        }

        /**
         * Properties of a LogChange.
         * @deprecated Use millrace.store.LogChange.$Properties instead.
         */
        interface ILogChange extends millrace.store.LogChange.$Properties {
        }

        /** Represents a LogChange. */
        class LogChange {

            /**
             * Constructs a new LogChange.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.LogChange.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogChange revision. */
            revision: (number|Long);

            /** LogChange puts. */
            puts: millrace.store.LogPut.$Properties[];

            /** LogChange deletes. */
            deletes: string[];

            /**
             * Encodes the specified LogChange message. Does not implicitly {@link millrace.store.LogChange.verify|verify} messages.
             * @param message LogChange message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.LogChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogChange message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.LogChange & millrace.store.LogChange.$Shape} LogChange
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.LogChange & millrace.store.LogChange.$Shape;
        }

        namespace LogChange {

            /** Properties of a LogChange. */
            interface $Properties {

                /** LogChange revision */
                revision?: (number|Long|null);

                /** LogChange puts */
                puts?: (millrace.store.LogPut.$Properties[]|null);

                /** LogChange deletes */
                deletes?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogChange. */
            type $Shape = millrace.store.LogChange.$Properties;
        }

        /**
         * Properties of a LogPut.
         * @deprecated Use millrace.store.LogPut.$Properties instead.
         */
        interface ILogPut extends millrace.store.LogPut.$Properties {
        }

        /** Represents a LogPut. */
        class LogPut {

            /**
             * Constructs a new LogPut.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.LogPut.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogPut key. */
            key: string;

            /** LogPut value. */
            value: Uint8Array;

            /** LogPut lease. */
            lease: (number|Long);

            /**
             * Encodes the specified LogPut message. Does not implicitly {@link millrace.store.LogPut.verify|verify} messages.
             * @param message LogPut message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.LogPut.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogPut message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.LogPut & millrace.store.LogPut.$Shape} LogPut
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.LogPut & millrace.store.LogPut.$Shape;
        }

        namespace LogPut {

            /** Properties of a LogPut. */
            interface $Properties {

                /** LogPut key */
                key?: (string|null);

                /** LogPut value */
                value?: (Uint8Array|null);

                /** LogPut lease */
                lease?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogPut. */
            type $Shape = millrace.store.LogPut.$Properties;
        }

        /**
         * Properties of a SnapshotPart.
         * @deprecated Use millrace.store.SnapshotPart.$Properties instead.
         */
        interface ISnapshotPart extends millrace.store.SnapshotPart.$Properties {
        }

        /** Represents a SnapshotPart. */
        class SnapshotPart {

            /**
             * Constructs a new SnapshotPart.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.SnapshotPart.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotPart entries. */
            entries: millrace.store.SnapshotEntry.$Properties[];

            /** SnapshotPart end. */
            end?: (millrace.store.SnapshotEnd.$Properties|null);

            /**
             * Encodes the specified SnapshotPart message. Does not implicitly {@link millrace.store.SnapshotPart.verify|verify} messages.
             * @param message SnapshotPart message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.SnapshotPart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotPart message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotPart & millrace.store.SnapshotPart.$Shape} SnapshotPart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.SnapshotPart & millrace.store.SnapshotPart.$Shape;
        }

        namespace SnapshotPart {

            /** Properties of a SnapshotPart. */
            interface $Properties {

                /** SnapshotPart entries */
                entries?: (millrace.store.SnapshotEntry.$Properties[]|null);

                /** SnapshotPart end */
                end?: (millrace.store.SnapshotEnd.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotPart. */
            type $Shape = millrace.store.SnapshotPart.$Properties;
        }

        /**
         * Properties of a SnapshotEntry.
         * @deprecated Use millrace.store.SnapshotEntry.$Properties instead.
         */
        interface ISnapshotEntry extends millrace.store.SnapshotEntry.$Properties {
        }

        /** Represents a SnapshotEntry. */
        class SnapshotEntry {

            /**
             * Constructs a new SnapshotEntry.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.SnapshotEntry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotEntry key. */
            key: string;

            /** SnapshotEntry value. */
            value: Uint8Array;

            /** SnapshotEntry createRevision. */
            createRevision: (number|Long);

            /** SnapshotEntry modRevision. */
            modRevision: (number|Long);

            /** SnapshotEntry lease. */
            lease: (number|Long);

            /**
             * Encodes the specified SnapshotEntry message. Does not implicitly {@link millrace.store.SnapshotEntry.verify|verify} messages.
             * @param message SnapshotEntry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.SnapshotEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotEntry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotEntry & millrace.store.SnapshotEntry.$Shape} SnapshotEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.SnapshotEntry & millrace.store.SnapshotEntry.$Shape;
        }

        namespace SnapshotEntry {

            /** Properties of a SnapshotEntry. */
            interface $Properties {

                /** SnapshotEntry key */
                key?: (string|null);

                /** SnapshotEntry value */
                value?: (Uint8Array|null);

                /** SnapshotEntry createRevision */
                createRevision?: (number|Long|null);

                /** SnapshotEntry modRevision */
                modRevision?: (number|Long|null);

                /** SnapshotEntry lease */
                lease?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotEntry. */
            type $Shape = millrace.store.SnapshotEntry.$Properties;
        }

        /**
         * Properties of a SnapshotEnd.
         * @deprecated Use millrace.store.SnapshotEnd.$Properties instead.
         */
        interface ISnapshotEnd extends millrace.store.SnapshotEnd.$Properties {
        }

        /** Represents a SnapshotEnd. */
        class SnapshotEnd {

            /**
             * Constructs a new SnapshotEnd.
             * @param [properties] Properties to set
             */
            constructor(properties?: millrace.store.SnapshotEnd.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotEnd revision. */
            revision: (number|Long);

            /** SnapshotEnd entryCount. */
            entryCount: (number|Long);

            /**
             * Encodes the specified SnapshotEnd message. Does not implicitly {@link millrace.store.SnapshotEnd.verify|verify} messages.
             * @param message SnapshotEnd message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: millrace.store.SnapshotEnd.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotEnd message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {millrace.store.SnapshotEnd & millrace.store.SnapshotEnd.$Shape} SnapshotEnd
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): millrace.store.SnapshotEnd & millrace.store.SnapshotEnd.$Shape;
        }

        namespace SnapshotEnd {

            /** Properties of a SnapshotEnd. */
            interface $Properties {

                /** SnapshotEnd revision */
                revision?: (number|Long|null);

                /** SnapshotEnd entryCount */
                entryCount?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotEnd. */
            type $Shape = millrace.store.SnapshotEnd.$Properties;
        }
    }
}
