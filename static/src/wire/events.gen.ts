// Until `python -m app.world.generate` writes this file.
export const FIELDS: Record<string, readonly string[]> = {
  'run-started': ['scenario', 'seed', 'machines', 'constants'],
  'command-taken': ['number', 'command'],
  'node-killed': ['node', 'at_us', 'unsynced_writes'],
  'node-restarted': ['node', 'at_us'],
  'node-paused': ['node', 'at_us'],
  'node-resumed': ['node', 'at_us', 'waiting'],
  'message-sent': ['id', 'kind', 'src', 'dst', 'sent_us', 'arrives_us', 'label'],
  'message-delivered': ['id', 'kind', 'src', 'dst'],
  'message-dropped': ['id', 'kind', 'src', 'dst', 'reason', 'sent_us', 'arrives_us'],
  'network-partitioned': ['partition', 'groups', 'label', 'at_us'],
  'partition-healed': ['partition', 'label'],
  'link-cut': ['src', 'dst', 'at_us'],
  'link-healed': ['src', 'dst'],
  'campaign-started': ['node', 'ballot', 'because'],
  'leader-elected': ['node', 'ballot', 'promised_by'],
  'leader-ready': ['node', 'ballot', 'slot'],
  'leader-stepped-down': ['node', 'ballot', 'reason'],
};
export const LANDMARKS: readonly string[] = [
  'run-started', 'node-killed', 'node-restarted', 'node-paused', 'node-resumed', 'network-partitioned', 'partition-healed',
  'link-cut', 'link-healed', 'campaign-started', 'leader-elected', 'leader-ready', 'leader-stepped-down',
];
