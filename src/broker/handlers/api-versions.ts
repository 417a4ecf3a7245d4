/**
 * ApiVersions, 0 to 4. Answered before anything else may be asked. A version we do not know is answered in version 0 with
 * UNSUPPORTED_VERSION and the range of this API alone (KIP-511): the dispatcher does that, since such a body cannot be read.
 *
 * 3: flexible; names the client's software. 4: as 3; features whose minimum is 0 may be listed (KAFKA-17492).
 * No features are listed: what a client assumes without them (TV1, classic groups) is what we serve.
 */
import { ErrorCode } from '../../wire/errors.js';
import { ApiVersions } from '../../wire/messages/api-versions.js';
import { handler } from '../handler.js';

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersions = handler(
  ApiVersions,
  { order: 'early', touches: [] },
  async (request, context, services) => {
    const named = SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion);
    if (context.apiVersion >= 3 && !named) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] };
    return { errorCode: ErrorCode.NONE, apiKeys: services.servedApis };
  },
);
