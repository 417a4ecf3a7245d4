/** ListGroups, 0 to 5. 3: flexible. 4: states (KIP-518). 5: types (KIP-848). */
import { ListGroups } from '../../wire/messages/list-groups.js';
import { CLUSTER } from '../context.js';
import { handler } from '../handler.js';

export const listGroups = handler(
  ListGroups,
  {
    order: 'early',
    touches: [
      ['Describe', 'Cluster'],
      ['Describe', 'Group'],
    ],
  },
  async (request, context, services) => {
    const { errorCode, groups } = await services.groups.listGroups(request);
    const all = context.authorize('Describe', 'Cluster', CLUSTER);
    return {
      errorCode,
      groups: groups.filter(({ groupId }) => all || context.authorize('Describe', 'Group', groupId)),
    };
  },
);
