// Generated from app/faults by `python -m app.world.generate`. Do not edit.

export interface FormField {
  name: string;
  kind: string;
  default: string | number | boolean;
  low: number;
  high: number;
  choices: readonly string[];
}

/**
 * begin, end: types of commands; end is null for what passes by itself, 'end-fault' takes the id of the entity "fault".
 * model: whether the protocol promises to bear it: 'inside', 'outside', or 'depends' on settings and other faults.
 * band: colour token. sentence: tag of the event that tells of it. form: the fields of `begin`, in order.
 */
export interface FaultInfo {
  name: string;
  begin: string;
  end: string | null;
  model: 'inside' | 'outside' | 'depends';
  band: string;
  sentence: string;
  form: readonly FormField[];
}

export const FAULTS: readonly FaultInfo[] = [
  {"name": "kill", "begin": "kill-node", "end": "restart-node", "model": "inside", "band": "bad", "sentence": "node-killed", "form": [{"name": "node", "kind": "node", "default": "", "low": 0, "high": 0, "choices": []}]},
  {"name": "pause", "begin": "pause-node", "end": "resume-node", "model": "inside", "band": "ink-3", "sentence": "node-paused", "form": [{"name": "node", "kind": "node", "default": "", "low": 0, "high": 0, "choices": []}]},
  {"name": "partition", "begin": "partition", "end": "heal-partition", "model": "inside", "band": "bad", "sentence": "network-partitioned", "form": [{"name": "groups", "kind": "groups", "default": "", "low": 0, "high": 0, "choices": []}, {"name": "label", "kind": "text", "default": "", "low": 0, "high": 40, "choices": []}]},
  {"name": "cut-link", "begin": "cut-link", "end": "heal-link", "model": "inside", "band": "bad", "sentence": "link-cut", "form": [{"name": "src", "kind": "node", "default": "", "low": 0, "high": 0, "choices": []}, {"name": "dst", "kind": "node", "default": "", "low": 0, "high": 0, "choices": []}, {"name": "both", "kind": "bool", "default": false, "low": 0, "high": 0, "choices": []}]},
  {"name": "weather", "begin": "set-network", "end": "set-network", "model": "inside", "band": "beat", "sentence": "network-changed", "form": [{"name": "loss_ppm", "kind": "ppm", "default": 0, "low": 0, "high": 1000000, "choices": []}, {"name": "duplicate_ppm", "kind": "ppm", "default": 0, "low": 0, "high": 1000000, "choices": []}, {"name": "reorder_ppm", "kind": "ppm", "default": 0, "low": 0, "high": 1000000, "choices": []}]},
  {"name": "forge", "begin": "forge-prepare", "end": null, "model": "depends", "band": "bad", "sentence": "message-refused", "form": [{"name": "target", "kind": "storage", "default": "", "low": 0, "high": 0, "choices": []}, {"name": "claims", "kind": "storage", "default": "", "low": 0, "high": 0, "choices": []}]},
];
