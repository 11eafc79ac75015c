// Generated from the structs of the core by `python -m app.world.generate`. Do not edit.

/** The names of an event's fields, in the order in which they follow its tag on the wire. */
export const FIELDS: Record<string, readonly string[]> = {
  'answers-counted': ['node', 'ballot', 'phase', 'count', 'of'],
  'api-started': ['node', 'requests'],
  'ballot-promised': ['node', 'ballot'],
  'ballot-refused': ['node', 'ballot', 'higher'],
  'campaign-failed': ['node', 'ballot', 'reason'],
  'campaign-started': ['node', 'ballot', 'because'],
  'change-requested': ['node', 'requests', 'verb', 'kind', 'key', 'detail'],
  'client-started': ['client', 'per_1000_s'],
  'clock-changed': ['node', 'drift_ppm', 'offset_us'],
  'cluster-began': ['objects'],
  'command-taken': ['number', 'command'],
  'computation-submitted': ['node', 'requests', 'job', 'what', 'size', 'pieces'],
  'configuration-chosen': ['number', 'change', 'member', 'members', 'incarnations', 'q1', 'q2', 'slot', 'from_slot'],
  'configuration-in-force': ['number', 'members', 'incarnations', 'q1', 'q2', 'from_slot'],
  'configuration-proposed': ['node', 'number', 'change', 'member', 'members', 'incarnations', 'q1', 'q2'],
  'conflicting-accept-seen': ['node', 'slot', 'ballot', 'earlier', 'later'],
  'container-finished': ['node', 'pod', 'container', 'exit_code', 'running'],
  'container-killed': ['node', 'pod', 'running'],
  'container-lost': ['node', 'pod', 'restarting'],
  'container-started': ['node', 'pod', 'container', 'restarts', 'running'],
  'cordon-requested': ['node', 'requests', 'target'],
  'decision-known': ['node', 'ballot', 'saved'],
  'decision-saved': ['node', 'ballot', 'value'],
  'deletion-requested': ['node', 'requests', 'kind', 'key'],
  'disk-changed': ['node', 'reason', 'keys', 'shown'],
  'disruption-began': ['nodes'],
  'disruption-ended': ['nodes'],
  'events-recorded': ['notes'],
  'fault-began': ['id', 'fault', 'nodes', 'links', 'detail', 'at_us', 'inside'],
  'fault-ended': ['id', 'fault', 'nodes'],
  'handler-failed': ['node', 'error'],
  'job-finished': ['job', 'condition', 'reason', 'succeeded', 'failed'],
  'job-started': ['job', 'completions', 'parallelism'],
  'key-written': ['key', 'value', 'version', 'slot', 'client', 'number'],
  'kubelet-started': ['node'],
  'leader-believed': ['node', 'leader', 'ballot'],
  'leader-elected': ['node', 'ballot', 'promised_by', 'adopted', 'gaps'],
  'leader-extended': ['node', 'ballot', 'configuration', 'promised_by'],
  'leader-ready': ['node', 'ballot', 'slot'],
  'leader-stepped-down': ['node', 'ballot', 'reason'],
  'leadership-tallied': ['leader', 'led_us', 'since_us', 'gains', 'recovered_us'],
  'link-cut': ['src', 'dst', 'at_us'],
  'link-healed': ['src', 'dst'],
  'machine-added': ['node', 'zone', 'cpu_milli', 'memory_mib', 'gpu', 'pool', 'at_us'],
  'machine-removed': ['node'],
  'manifest-submitted': ['node', 'requests', 'objects'],
  'message-delivered': ['id', 'kind', 'src', 'dst'],
  'message-dropped': ['id', 'kind', 'src', 'dst', 'reason', 'sent_us', 'arrives_us'],
  'message-edited': ['id', 'kind', 'src', 'dst', 'field', 'was', 'now', 'label', 'fields'],
  'message-held': ['id', 'kind', 'src', 'dst', 'waiting'],
  'message-moved': ['id', 'kind', 'src', 'dst', 'sent_us', 'arrives_us', 'reason'],
  'message-refused': ['id', 'kind', 'src', 'claims', 'dst', 'refused', 'reason'],
  'message-released': ['id', 'kind', 'src', 'dst', 'sent_us', 'arrives_us', 'label'],
  'message-sent': ['id', 'kind', 'src', 'dst', 'sent_us', 'arrives_us', 'label'],
  'message-stopped': ['id', 'kind', 'src', 'dst', 'at_us', 'fields'],
  'nemesis-acted': ['command'],
  'nemesis-set': ['per_1000_s', 'faults'],
  'network-changed': ['loss_ppm', 'duplicate_ppm', 'reorder_ppm'],
  'network-partitioned': ['partition', 'groups', 'label', 'at_us'],
  'node-killed': ['node', 'at_us', 'unsynced_writes'],
  'node-paused': ['node', 'at_us'],
  'node-pressed': ['node', 'available', 'threshold'],
  'node-reachable': ['node'],
  'node-registered': ['node'],
  'node-relieved': ['node'],
  'node-restarted': ['node', 'at_us'],
  'node-resumed': ['node', 'at_us', 'waiting'],
  'node-unreachable': ['node', 'evicting'],
  'object-deleted': ['kind', 'namespace', 'name', 'resource_version', 'placed', 'reason', 'notes'],
  'object-stored': ['kind', 'namespace', 'name', 'resource_version', 'object', 'notes'],
  'operation-ended': ['client', 'session', 'number', 'status', 'result', 'latency_us', 'ok', 'failed', 'unknown', 'busy'],
  'operation-invoked': ['client', 'session', 'number', 'op', 'invoked', 'busy'],
  'operations-tallied': ['invoked', 'ok', 'failed', 'unknown'],
  'partition-healed': ['partition', 'label'],
  'pod-bound': ['pod', 'node', 'slot', 'attempt'],
  'pod-evicted': ['pod', 'node'],
  'pod-rejected': ['node', 'pod', 'reason', 'message'],
  'pod-unschedulable': ['pod', 'message', 'attempt'],
  'prepare-deferred': ['node', 'ballot', 'holder', 'until_us', 'rest_us'],
  'prevote-started': ['node', 'round'],
  'rate-changed': ['client', 'per_1000_s'],
  'read-served': ['node', 'client', 'number', 'key', 'how', 'index'],
  'replica-blank': ['node'],
  'replica-invited': ['node', 'guest'],
  'replica-rejoined': ['node', 'incarnation'],
  'replica-started': ['node', 'applied', 'last', 'digest'],
  'report-ignored': ['pod', 'node', 'phase', 'why'],
  'result-missing': ['node', 'job', 'why'],
  'result-returned': ['node', 'job', 'answer'],
  'roles-taken': ['node', 'role', 'applied', 'last', 'decided', 'of'],
  'run-started': ['scenario', 'seed', 'machines', 'constants'],
  'state-received': ['node', 'slot', 'sender', 'digest'],
  'submission-failed': ['node', 'operation', 'why', 'message'],
  'tasks-submitted': ['node', 'requests', 'job', 'count'],
  'timer-fired': ['node', 'name'],
  'trace-replay-started': ['node', 'requests', 'pods', 'gap_max_us', 'compress'],
  'uncordon-requested': ['node', 'requests', 'target'],
  'usage-measured': ['node', 'pods'],
  'value-applied': ['node', 'slot_from', 'slot_to', 'digest'],
  'value-chosen': ['node', 'slot', 'ballot', 'voters', 'value', 'mark', 'took_us'],
  'value-proposed': ['node', 'value'],
  'vote-abandoned': ['node', 'ballot', 'higher', 'retry_us'],
  'vote-cast': ['node', 'slot', 'ballot', 'value', 'mark', 'last'],
  'vote-opened': ['node', 'ballot', 'of'],
  'votes-trimmed': ['node', 'first', 'last', 'highest'],
  'write-superseded': ['operation', 'ballot', 'epoch'],
};

/** Tags of the events that a person would look for. */
export const LANDMARKS: readonly string[] = [
  'answers-counted',
  'campaign-started',
  'change-requested',
  'clock-changed',
  'computation-submitted',
  'configuration-chosen',
  'configuration-in-force',
  'configuration-proposed',
  'conflicting-accept-seen',
  'container-lost',
  'cordon-requested',
  'decision-known',
  'decision-saved',
  'deletion-requested',
  'disk-changed',
  'disruption-began',
  'disruption-ended',
  'fault-began',
  'fault-ended',
  'handler-failed',
  'job-finished',
  'job-started',
  'leader-elected',
  'leader-ready',
  'leader-stepped-down',
  'link-cut',
  'link-healed',
  'machine-added',
  'machine-removed',
  'manifest-submitted',
  'message-edited',
  'message-refused',
  'message-released',
  'message-stopped',
  'nemesis-set',
  'network-changed',
  'network-partitioned',
  'node-killed',
  'node-paused',
  'node-pressed',
  'node-reachable',
  'node-relieved',
  'node-restarted',
  'node-resumed',
  'node-unreachable',
  'partition-healed',
  'pod-bound',
  'pod-evicted',
  'pod-rejected',
  'prepare-deferred',
  'replica-blank',
  'replica-invited',
  'replica-rejoined',
  'result-missing',
  'result-returned',
  'run-started',
  'state-received',
  'submission-failed',
  'tasks-submitted',
  'trace-replay-started',
  'uncordon-requested',
  'value-proposed',
  'vote-abandoned',
  'vote-opened',
  'write-superseded',
];

/** Steps 2 to 4: a proposer counts another answer, from none on. */
export interface AnswersCountedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  phase: string;
  count: number;
  of: number;
}

/** The API server runs. */
export interface ApiStartedEvent {
  node: string;
  requests: number;
}

/** A promise reached an acceptor's disk: no lower ballot gets its vote any more. */
export interface BallotPromisedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
}

/** A proposer learns that an acceptor has promised a higher ballot than its own. */
export interface BallotRefusedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  higher: readonly [round: number, node: string];
}

/** A candidate gives up. reason: "outbid" (a higher ballot was seen) or "no-quorum" (too few promises in time). */
export interface CampaignFailedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  reason: string;
}

/** A replica begins phase 1 with a new ballot. because: "leader-silent" or "no-leader" (it never heard one). */
export interface CampaignStartedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  because: string;
}

/** A change of an object was asked for. verb: scale, undo, pause, resume, restart, image, taint ... detail: to what. */
export interface ChangeRequestedEvent {
  node: string;
  requests: number;
  verb: string;
  kind: string;
  key: string;
  detail: string;
}

/** A client machine begins, with all counters at zero. */
export interface ClientStartedEvent {
  client: string;
  per_1000_s: number;
}

/** A machine's clocks run differently from now on. */
export interface ClockChangedEvent {
  node: string;
  drift_ppm: number;
  offset_us: number;
}

/** What a cluster has from the start: its first namespaces and priority classes. objects: (kind, id, plain data). */
export interface ClusterBeganEvent {
  objects: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[];
}

/** A command was accepted; what it does follows, caused by this entry. */
export interface CommandTakenEvent {
  number: number;
  command: unknown;
}

/** A real computation was asked for. */
export interface ComputationSubmittedEvent {
  node: string;
  requests: number;
  job: string;
  what: string;
  size: number;
  pieces: number;
}

/** The next configuration is settled, at `slot`; it governs the slots from `from_slot` on. Told once. */
export interface ConfigurationChosenEvent {
  number: number;
  change: string;
  member: string;
  members: readonly string[];
  incarnations: readonly number[];
  q1: number;
  q2: number;
  slot: number;
  from_slot: number;
}

/** All slots before `from_slot` are chosen, so this configuration governs every open slot. Told once; 0 is the first. */
export interface ConfigurationInForceEvent {
  number: number;
  members: readonly string[];
  incarnations: readonly number[];
  q1: number;
  q2: number;
  from_slot: number;
}

/** A leader puts another configuration into the log. */
export interface ConfigurationProposedEvent {
  node: string;
  number: number;
  change: string;
  member: string;
  members: readonly string[];
  incarnations: readonly number[];
  q1: number;
  q2: number;
}

/** One ballot proposes two values for one slot: only a broken or forged proposer does this. The first vote stands. */
export interface ConflictingAcceptSeenEvent {
  node: string;
  slot: number;
  ballot: readonly [round: number, node: string];
  earlier: readonly (readonly (string | number)[])[];
  later: readonly (readonly (string | number)[])[];
}

/** A container ended by itself. */
export interface ContainerFinishedEvent {
  node: string;
  pod: string;
  container: string;
  exit_code: number;
  running: readonly (readonly [string, number, number | null, string, number | null])[];
}

/** A kubelet stopped a container: its pod is deleted or evicted. */
export interface ContainerKilledEvent {
  node: string;
  pod: string;
  running: readonly (readonly [string, number, number | null, string, number | null])[];
}

/** A kubelet that started again does not find a container that it ran before. */
export interface ContainerLostEvent {
  node: string;
  pod: string;
  restarting: boolean;
}

/** A container runs. running: all that now run on the node. */
export interface ContainerStartedEvent {
  node: string;
  pod: string;
  container: string;
  restarts: number;
  running: readonly (readonly [string, number, number | null, string, number | null])[];
}

/** A node is to take no new pods. */
export interface CordonRequestedEvent {
  node: string;
  requests: number;
  target: string;
}

/** Step 4 is over: every learner has told the proposer that it saved the decision. */
export interface DecisionKnownEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  saved: number;
}

/** Step 5: a learner has the decision on its disk. */
export interface DecisionSavedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  value: readonly (readonly (string | number)[])[];
}

/** The deletion of an object was asked for. */
export interface DeletionRequestedEvent {
  node: string;
  requests: number;
  kind: string;
  key: string;
}

/** What is on a disk is no longer what was written and acknowledged. */
export interface DiskChangedEvent {
  node: string;
  reason: string;
  keys: readonly string[];
  shown: readonly (readonly [string, string, Readonly<Record<string, unknown>> | null])[];
}

/** Every node fell silent: the fault is likely the control plane's, so nothing is evicted. */
export interface DisruptionBeganEvent {
  nodes: number;
}

/** Not every node is silent any more; those that still are get a whole grace from now. */
export interface DisruptionEndedEvent {
  nodes: number;
}

/** Kubernetes Events were recorded by a write that changed nothing else. */
export interface EventsRecordedEvent {
  notes: readonly (readonly [string, Readonly<Record<string, unknown>> | null])[];
}

/** A fault acts from now on. One that passes by itself is followed at once by its `FaultEnded`. */
export interface FaultBeganEvent {
  id: string;
  fault: string;
  nodes: readonly string[];
  links: readonly (readonly [string, string])[];
  detail: Readonly<Record<string, unknown>>;
  at_us: number;
  inside: boolean;
}

/** A fault acts no more. */
export interface FaultEndedEvent {
  id: string;
  fault: string;
  nodes: readonly string[];
}

/** A bug of ours: a handler raised. The run stops here and keeps its log. */
export interface HandlerFailedEvent {
  node: string;
  error: string;
}

/** A Job reached its end. condition: "Complete" or "Failed". */
export interface JobFinishedEvent {
  job: string;
  condition: string;
  reason: string;
  succeeded: number;
  failed: number;
}

/** A Job was accepted into the store. */
export interface JobStartedEvent {
  job: string;
  completions: number;
  parallelism: number;
}

/** A key has a new value. version: counted up from 1 by each write. client, number: the request that did it. */
export interface KeyWrittenEvent {
  key: string;
  value: string;
  version: number;
  slot: number;
  client: string;
  number: number;
}

/** A kubelet runs, with no containers. */
export interface KubeletStartedEvent {
  node: string;
}

/** A replica follows a leader from now on. */
export interface LeaderBelievedEvent {
  node: string;
  leader: string;
  ballot: readonly [round: number, node: string];
}

/** A phase-1 quorum promised: the candidate may propose. It leads once all it adopted is applied (`LeaderReady`). */
export interface LeaderElectedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  promised_by: readonly string[];
  adopted: number;
  gaps: number;
}

/** A phase-1 quorum of a configuration that came after the election promised too: the leader may propose in its slots. */
export interface LeaderExtendedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  configuration: number;
  promised_by: readonly string[];
}

/** All that earlier ballots may have chosen is applied here, and so is this leader's own first entry, at `slot`. */
export interface LeaderReadyEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  slot: number;
}

/** A leader gives up. reason: "outbid", "no-quorum" (too few answer), "not-recovered" (what it must know first can't be */
export interface LeaderSteppedDownEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  reason: string;
}

/** The cluster gained or lost a leader that can commit: one that is ready and reaches a majority both ways. */
export interface LeadershipTalliedEvent {
  leader: string;
  led_us: number;
  since_us: number | null;
  gains: number;
  recovered_us: number | null;
}

/** Nothing passes from src to dst any more (the other direction is untouched). */
export interface LinkCutEvent {
  src: string;
  dst: string;
  at_us: number;
}

/** The direction from src to dst is open again. */
export interface LinkHealedEvent {
  src: string;
  dst: string;
}

/** A compute machine was added to the world while it runs. pool: of the cluster autoscaler, or "". */
export interface MachineAddedEvent {
  node: string;
  zone: string;
  cpu_milli: number;
  memory_mib: number;
  gpu: number;
  pool: string;
  at_us: number;
}

/** A machine was taken away for good, with all that was on it. */
export interface MachineRemovedEvent {
  node: string;
}

/** A manifest was handed in. objects: `Job/words`, `Pod/web` ... */
export interface ManifestSubmittedEvent {
  node: string;
  requests: number;
  objects: readonly string[];
}

/** A message reached its machine and is handled now. */
export interface MessageDeliveredEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
}

/** A message died on its way. */
export interface MessageDroppedEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  reason: string;
  sent_us: number;
  arrives_us: number;
}

/** A message was changed on its way, without the sender's key. */
export interface MessageEditedEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  field: string;
  was: string;
  now: string;
  label: readonly (string | number)[];
  fields: Readonly<Record<string, string>>;
}

/** A message reached a paused machine and waits there with `waiting - 1` others. */
export interface MessageHeldEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  waiting: number;
}

/** A message will arrive at another time than it was going to. sent_us: so chosen that it goes on from where it is. */
export interface MessageMovedEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  sent_us: number;
  arrives_us: number;
  reason: string;
}

/** A machine's authentication check failed: the message was thrown away unread. */
export interface MessageRefusedEvent {
  id: number;
  kind: string;
  src: string;
  claims: string;
  dst: string;
  refused: number;
  reason: string;
}

/** A held message goes on. sent_us, arrives_us: as if it had never stood still, so that it goes on from where it is. */
export interface MessageReleasedEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  sent_us: number;
  arrives_us: number;
  label: readonly (string | number)[];
}

/** A message left a machine. */
export interface MessageSentEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  sent_us: number;
  arrives_us: number;
  label: readonly (string | number)[];
}

/** Somebody holds a message where it is, on its way. */
export interface MessageStoppedEvent {
  id: number;
  kind: string;
  src: string;
  dst: string;
  at_us: number;
  fields: Readonly<Record<string, string>>;
}

/** The nemesis gave a command; what it does follows, caused by this entry. command: as an object with its `type`. */
export interface NemesisActedEvent {
  command: unknown;
}

/** Faults come and go at random from now on, or (per_1000_s is 0) no longer. */
export interface NemesisSetEvent {
  per_1000_s: number;
  faults: readonly string[];
}

/** The weather of all links, in parts per million of messages. */
export interface NetworkChangedEvent {
  loss_ppm: number;
  duplicate_ppm: number;
  reorder_ppm: number;
}

/** Nothing passes between these groups any more; what was on the way across them is dropped. */
export interface NetworkPartitionedEvent {
  partition: string;
  groups: readonly (readonly string[])[];
  label: string;
  at_us: number;
}

/** A machine lost its memory, timers, mail and unsynced writes. */
export interface NodeKilledEvent {
  node: string;
  at_us: number;
  unsynced_writes: number;
}

/** A machine stopped in its tracks; its mail and timers wait. */
export interface NodePausedEvent {
  node: string;
  at_us: number;
}

/** A node is short of memory: it takes no pods, and its kubelet evicts. available, threshold: bytes. */
export interface NodePressedEvent {
  node: string;
  available: number;
  threshold: number;
}

/** The lease of a lost node is renewed again: Ready=True, taints removed. */
export interface NodeReachableEvent {
  node: string;
}

/** A compute node joined the cluster. */
export interface NodeRegisteredEvent {
  node: string;
}

/** A node has had enough memory for long enough. */
export interface NodeRelievedEvent {
  node: string;
}

/** A machine runs again, from its disk. */
export interface NodeRestartedEvent {
  node: string;
  at_us: number;
}

/** A paused machine goes on; `waiting` letters are handled now. */
export interface NodeResumedEvent {
  node: string;
  at_us: number;
  waiting: number;
}

/** The lease of a node lapsed: Ready=Unknown. evicting: its pods will be evicted after their toleration. */
export interface NodeUnreachableEvent {
  node: string;
  evicting: boolean;
}

/** An object is gone. placed: it was a pod with a placement. */
export interface ObjectDeletedEvent {
  kind: string;
  namespace: string;
  name: string;
  resource_version: string;
  placed: boolean;
  reason: string;
  notes: readonly (readonly [string, Readonly<Record<string, unknown>> | null])[];
}

/** An object was created or changed in the replicated store. object: `{metadata, spec, status}` as plain data. */
export interface ObjectStoredEvent {
  kind: string;
  namespace: string;
  name: string;
  resource_version: string;
  object: Readonly<Record<string, unknown>>;
  notes: readonly (readonly [string, Readonly<Record<string, unknown>> | null])[];
}

/** A client's operation is over. */
export interface OperationEndedEvent {
  client: string;
  session: string;
  number: number;
  status: string;
  result: unknown;
  latency_us: number;
  ok: number;
  failed: number;
  unknown: number;
  busy: number;
}

/** A client began an operation. invoked: how many since the machine started, this one included. busy: how many run. */
export interface OperationInvokedEvent {
  client: string;
  session: string;
  number: number;
  op: readonly (string | number)[];
  invoked: number;
  busy: number;
}

/** Client operations since the run began, counted when one ends. unknown: timed out, may have taken effect. */
export interface OperationsTalliedEvent {
  invoked: number;
  ok: number;
  failed: number;
  unknown: number;
}

/** One partition is gone. */
export interface PartitionHealedEvent {
  partition: string;
  label: string;
}

/** The scheduler's decision took effect. attempt: the verdicts and scores behind it. */
export interface PodBoundEvent {
  pod: string;
  node: string;
  slot: number;
  attempt: Readonly<Record<string, unknown>>;
}

/** The pod tolerated its unreachable node long enough; its Job may replace it. */
export interface PodEvictedEvent {
  pod: string;
  node: string;
}

/** A kubelet refused a pod bound to it. reason: OutOfcpu, OutOfmemory ... */
export interface PodRejectedEvent {
  node: string;
  pod: string;
  reason: string;
  message: string;
}

/** No node can take the pod now; the message is Kubernetes' own. attempt: the verdicts behind it. */
export interface PodUnschedulableEvent {
  pod: string;
  message: string;
  attempt: Readonly<Record<string, unknown>> | null;
}

/** Why an election waits: an acceptor has granted a lease, and promises no higher ballot until it ends. Told once for */
export interface PrepareDeferredEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  holder: readonly [round: number, node: string];
  until_us: number;
  rest_us: number;
}

/** A replica heard no leader for too long and asks whether a campaign would be welcome. */
export interface PrevoteStartedEvent {
  node: string;
  round: number;
}

/** A client machine works at another rate from now on. */
export interface RateChangedEvent {
  client: string;
  per_1000_s: number;
}

/** A leader answered a read without the log. */
export interface ReadServedEvent {
  node: string;
  client: string;
  number: number;
  key: string;
  how: string;
  index: number;
}

/** A replica finds its disk without an identity (or damaged): it may have promised and voted, and does not know. It */
export interface ReplicaBlankEvent {
  node: string;
}

/** A leader brings a machine up to date, to propose then that it gets a seat. */
export interface ReplicaInvitedEvent {
  node: string;
  guest: string;
}

/** A blank replica takes part again, as another acceptor: its seat is in force, and it holds the state up to there. */
export interface ReplicaRejoinedEvent {
  node: string;
  incarnation: number;
}

/** A replica is up, from its disk (or for the first time). */
export interface ReplicaStartedEvent {
  node: string;
  applied: number;
  last: number;
  digest: number;
}

/** A kubelet reported a pod that is not (or no more) its own, or had finished. why: "gone", "elsewhere", "finished". */
export interface ReportIgnoredEvent {
  pod: string;
  node: string;
  phase: string;
  why: string;
}

/** A computation ended without an answer: its Job failed or was deleted. */
export interface ResultMissingEvent {
  node: string;
  job: string;
  why: string;
}

/** The answer of a computation reached the client that asked. */
export interface ResultReturnedEvent {
  node: string;
  job: string;
  answer: unknown;
}

/** A machine takes up its roles, from its disk or for the first time. */
export interface RolesTakenEvent {
  node: string;
  role: string;
  applied: number;
  last: number;
  decided: readonly (readonly (string | number)[])[];
  of: number;
}

/** Entry 0: the world begins. */
export interface RunStartedEvent {
  scenario: string;
  seed: number;
  machines: readonly (readonly [tag: 'machine-spec', node: string, role: string, zone: string, cpu_milli: number, memory_mib: number, gpu: number, spare: boolean])[];
  constants: Readonly<Record<string, number | string | boolean>>;
}

/** A replica that was away too long took over the state of another, as of `slot`. */
export interface StateReceivedEvent {
  node: string;
  slot: number;
  sender: string;
  digest: number;
}

/** The store refused a request of api1. why: "AlreadyExists", "NotFound", "TooMany" ... */
export interface SubmissionFailedEvent {
  node: string;
  operation: readonly (string | number)[];
  why: string;
  message: string;
}

/** A Job of equal tasks was asked for. job: its name, or "" to be picked. */
export interface TasksSubmittedEvent {
  node: string;
  requests: number;
  job: string;
  count: number;
}

/** A timer ran out and its handler had something to say. */
export interface TimerFiredEvent {
  node: string;
  name: string;
}

/** The pods of a trace will arrive from now on; the factors are what was changed about the trace. */
export interface TraceReplayStartedEvent {
  node: string;
  requests: number;
  pods: number;
  gap_max_us: number;
  compress: number;
}

/** A cordoned node is to take pods again. */
export interface UncordonRequestedEvent {
  node: string;
  requests: number;
  target: string;
}

/** A kubelet looked at what its pods use, and it is not what it was. pods: (pod, milli-cpu, bytes). */
export interface UsageMeasuredEvent {
  node: string;
  pods: readonly (readonly [string, number, number])[];
}

/** A replica fed the slots from `slot_from` to `slot_to` to its state machine. */
export interface ValueAppliedEvent {
  node: string;
  slot_from: number;
  slot_to: number;
  digest: number;
}

/** A leader counted a phase-2 quorum of votes in its ballot. */
export interface ValueChosenEvent {
  node: string;
  slot: number;
  ballot: readonly [round: number, node: string];
  voters: readonly string[];
  value: readonly (readonly (string | number)[])[];
  mark: number;
  took_us: number;
}

/** Somebody asks a proposer to get a value chosen. */
export interface ValueProposedEvent {
  node: string;
  value: readonly (readonly (string | number)[])[];
}

/** A proposer gives up a number: somebody promised `higher`. retry_us: it tries again after that; 0: at once. */
export interface VoteAbandonedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  higher: readonly [round: number, node: string];
  retry_us: number;
}

/** A vote reached an acceptor's disk. */
export interface VoteCastEvent {
  node: string;
  slot: number;
  ballot: readonly [round: number, node: string];
  value: readonly (readonly (string | number)[])[];
  mark: number;
  last: number;
}

/** Step 1: a proposer opens a vote, with a number of its own that it has never used. of: how many are asked. */
export interface VoteOpenedEvent {
  node: string;
  ballot: readonly [round: number, node: string];
  of: number;
}

/** Votes in the slots from `first` to `last` left an acceptor's disk. highest: the highest slot with a vote now. */
export interface VotesTrimmedEvent {
  node: string;
  first: number;
  last: number;
  highest: number;
}

/** A write of an older leader's scheduler or controller was applied after a newer leader's first entry: no effect. */
export interface WriteSupersededEvent {
  operation: readonly (string | number)[];
  ballot: string;
  epoch: string;
}

/** What each event's fields are, by its tag. */
export interface EventFields {
  'answers-counted': AnswersCountedEvent;
  'api-started': ApiStartedEvent;
  'ballot-promised': BallotPromisedEvent;
  'ballot-refused': BallotRefusedEvent;
  'campaign-failed': CampaignFailedEvent;
  'campaign-started': CampaignStartedEvent;
  'change-requested': ChangeRequestedEvent;
  'client-started': ClientStartedEvent;
  'clock-changed': ClockChangedEvent;
  'cluster-began': ClusterBeganEvent;
  'command-taken': CommandTakenEvent;
  'computation-submitted': ComputationSubmittedEvent;
  'configuration-chosen': ConfigurationChosenEvent;
  'configuration-in-force': ConfigurationInForceEvent;
  'configuration-proposed': ConfigurationProposedEvent;
  'conflicting-accept-seen': ConflictingAcceptSeenEvent;
  'container-finished': ContainerFinishedEvent;
  'container-killed': ContainerKilledEvent;
  'container-lost': ContainerLostEvent;
  'container-started': ContainerStartedEvent;
  'cordon-requested': CordonRequestedEvent;
  'decision-known': DecisionKnownEvent;
  'decision-saved': DecisionSavedEvent;
  'deletion-requested': DeletionRequestedEvent;
  'disk-changed': DiskChangedEvent;
  'disruption-began': DisruptionBeganEvent;
  'disruption-ended': DisruptionEndedEvent;
  'events-recorded': EventsRecordedEvent;
  'fault-began': FaultBeganEvent;
  'fault-ended': FaultEndedEvent;
  'handler-failed': HandlerFailedEvent;
  'job-finished': JobFinishedEvent;
  'job-started': JobStartedEvent;
  'key-written': KeyWrittenEvent;
  'kubelet-started': KubeletStartedEvent;
  'leader-believed': LeaderBelievedEvent;
  'leader-elected': LeaderElectedEvent;
  'leader-extended': LeaderExtendedEvent;
  'leader-ready': LeaderReadyEvent;
  'leader-stepped-down': LeaderSteppedDownEvent;
  'leadership-tallied': LeadershipTalliedEvent;
  'link-cut': LinkCutEvent;
  'link-healed': LinkHealedEvent;
  'machine-added': MachineAddedEvent;
  'machine-removed': MachineRemovedEvent;
  'manifest-submitted': ManifestSubmittedEvent;
  'message-delivered': MessageDeliveredEvent;
  'message-dropped': MessageDroppedEvent;
  'message-edited': MessageEditedEvent;
  'message-held': MessageHeldEvent;
  'message-moved': MessageMovedEvent;
  'message-refused': MessageRefusedEvent;
  'message-released': MessageReleasedEvent;
  'message-sent': MessageSentEvent;
  'message-stopped': MessageStoppedEvent;
  'nemesis-acted': NemesisActedEvent;
  'nemesis-set': NemesisSetEvent;
  'network-changed': NetworkChangedEvent;
  'network-partitioned': NetworkPartitionedEvent;
  'node-killed': NodeKilledEvent;
  'node-paused': NodePausedEvent;
  'node-pressed': NodePressedEvent;
  'node-reachable': NodeReachableEvent;
  'node-registered': NodeRegisteredEvent;
  'node-relieved': NodeRelievedEvent;
  'node-restarted': NodeRestartedEvent;
  'node-resumed': NodeResumedEvent;
  'node-unreachable': NodeUnreachableEvent;
  'object-deleted': ObjectDeletedEvent;
  'object-stored': ObjectStoredEvent;
  'operation-ended': OperationEndedEvent;
  'operation-invoked': OperationInvokedEvent;
  'operations-tallied': OperationsTalliedEvent;
  'partition-healed': PartitionHealedEvent;
  'pod-bound': PodBoundEvent;
  'pod-evicted': PodEvictedEvent;
  'pod-rejected': PodRejectedEvent;
  'pod-unschedulable': PodUnschedulableEvent;
  'prepare-deferred': PrepareDeferredEvent;
  'prevote-started': PrevoteStartedEvent;
  'rate-changed': RateChangedEvent;
  'read-served': ReadServedEvent;
  'replica-blank': ReplicaBlankEvent;
  'replica-invited': ReplicaInvitedEvent;
  'replica-rejoined': ReplicaRejoinedEvent;
  'replica-started': ReplicaStartedEvent;
  'report-ignored': ReportIgnoredEvent;
  'result-missing': ResultMissingEvent;
  'result-returned': ResultReturnedEvent;
  'roles-taken': RolesTakenEvent;
  'run-started': RunStartedEvent;
  'state-received': StateReceivedEvent;
  'submission-failed': SubmissionFailedEvent;
  'tasks-submitted': TasksSubmittedEvent;
  'timer-fired': TimerFiredEvent;
  'trace-replay-started': TraceReplayStartedEvent;
  'uncordon-requested': UncordonRequestedEvent;
  'usage-measured': UsageMeasuredEvent;
  'value-applied': ValueAppliedEvent;
  'value-chosen': ValueChosenEvent;
  'value-proposed': ValueProposedEvent;
  'vote-abandoned': VoteAbandonedEvent;
  'vote-cast': VoteCastEvent;
  'vote-opened': VoteOpenedEvent;
  'votes-trimmed': VotesTrimmedEvent;
  'write-superseded': WriteSupersededEvent;
}

/** Add a compute machine to the running world; its kubelet registers it. */
export interface AddNodeCommand {
  type: 'add-node';
  node: string;
  zone?: string;
  cpu_milli?: number;
  memory_mib?: number;
  gpu?: number;
  labels?: Readonly<Record<string, string>>;
  extended?: Readonly<Record<string, number>>;
}

/** Give a storage machine a seat among the voters, through the log. */
export interface AddReplicaCommand {
  type: 'add-replica';
  node: string;
  quorum1?: number;
  quorum2?: number;
}

/** Set a key to `value` if it holds `expected` ("" stands for absent), as a client would. */
export interface CompareAndSetCommand {
  type: 'compare-and-set';
  client: string;
  key: string;
  expected: string;
  value: string;
}

/** Let a compute node take no new pods (`kubectl cordon`); those it has run on. */
export interface CordonCommand {
  type: 'cordon-node';
  node: string;
}

/** Flip bits in some of the messages of a link, in parts per million. */
export interface CorruptLinkCommand {
  type: 'corrupt-link';
  corrupt_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Cut one direction of one link, or both. */
export interface CutLinkCommand {
  type: 'cut-link';
  src: string;
  dst: string;
  both?: boolean;
}

/** Add a delay to every message of a link, up to 10 s. */
export interface DelayLinkCommand {
  type: 'delay-link';
  delay_us: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Let a message arrive later. */
export interface DelayMessageCommand {
  type: 'delay-message';
  message: number;
  by_us?: number;
}

/** Delete a Job and its Pods through the API server. */
export interface DeleteJobCommand {
  type: 'delete-job';
  name: string;
  namespace?: string;
}

/** Delete an object of any kind (`kubectl delete`). propagation: Background, Foreground or Orphan. */
export interface RemoveObjectCommand {
  type: 'delete-object';
  kind: string;
  name: string;
  namespace?: string;
  propagation?: string;
}

/** Delete a Pod through the API server. A Job that still needs it makes another. */
export interface DeletePodCommand {
  type: 'delete-pod';
  name: string;
  namespace?: string;
}

/** Empty a node (`kubectl drain`): cordon it and evict its pods, as fast as PodDisruptionBudgets allow. */
export interface DrainCommand {
  type: 'drain-node';
  node: string;
}

/** Let the clocks of a machine run faster or slower, by at most a half. */
export interface DriftClockCommand {
  type: 'drift-clock';
  node: string;
  drift_ppm: number;
}

/** Let a message die where it is, held or not. */
export interface DropMessageCommand {
  type: 'drop-message';
  message: number;
}

/** Send a message a second time, as it is, from its sender. */
export interface DuplicateMessageCommand {
  type: 'duplicate-message';
  message: number;
}

/** Double some of the messages of a link, in parts per million. */
export interface DuplicateOnLinkCommand {
  type: 'duplicate-on-link';
  duplicate_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Change a field of a message on its way, without its sender's key. */
export interface EditMessageCommand {
  type: 'edit-message';
  message: number;
  field: string;
  value: string;
}

/** End one fault by its id, e.g. `slow-disk:s1`. */
export interface EndFaultCommand {
  type: 'end-fault';
  fault: string;
}

/** Ask the Eviction API to delete a Pod: refused while a PodDisruptionBudget forbids it. */
export interface EvictPodCommand {
  type: 'evict-pod';
  name: string;
  namespace?: string;
}

/** Let every fsync of a machine fail: the machine stops at the next one, and after a restart at the first. */
export interface FailDiskCommand {
  type: 'fail-disk';
  node: string;
}

/** Leave no space on a machine's disk: an fsync that runs gets through, the next one waits for space. */
export interface FillDiskCommand {
  type: 'fill-disk';
  node: string;
}

/** Let the intruder send a message in the name of a storage node. */
export interface ForgeMessageCommand {
  type: 'forge-message';
  kind: string;
  target: string;
  claims: string;
}

/** Let the intruder send a prepare with a huge ballot in the name of another machine. */
export interface ForgePrepareCommand {
  type: 'forge-prepare';
  target: string;
  claims: string;
}

/** Read a key (linearizable) as a client would. */
export interface GetKeyCommand {
  type: 'get-key';
  client: string;
  key: string;
}

/** End every fault in force: restart, resume, reconnect, release, repair; and let the nemesis rest. */
export interface HealEverythingCommand {
  type: 'heal-everything';
}

/** Undo `CutLink`. */
export interface HealLinkCommand {
  type: 'heal-link';
  src: string;
  dst: string;
  both?: boolean;
}

/** Undo all partitions, cuts and ills of links, and set loss, duplication and reordering back to the scenario's. */
export interface HealNetworkCommand {
  type: 'heal-network';
}

/** Undo one partition by its id (`p1` ...). */
export interface HealPartitionCommand {
  type: 'heal-partition';
  partition: string;
}

/** Stop a message where it is. */
export interface HoldMessageCommand {
  type: 'hold-message';
  message: number;
}

/** Cut one machine off from all others. */
export interface IsolateNodeCommand {
  type: 'isolate-node';
  node: string;
  way?: string;
}

/** Pull the plug: memory, timers, mail and unsynced writes are lost. */
export interface KillNodeCommand {
  type: 'kill-node';
  node: string;
}

/** Label a node; null takes the label off. */
export interface LabelNodeCommand {
  type: 'label-node';
  node: string;
  key: string;
  value?: string | null;
}

/** Limit a link to so many bytes a second; messages queue for it. */
export interface LimitBandwidthCommand {
  type: 'limit-bandwidth';
  bytes_per_s: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Let a machine's disk acknowledge writes that a crash will take back. */
export interface LoseFsyncCommand {
  type: 'lose-fsync';
  node: string;
}

/** Lose some of the messages of a link, in parts per million. */
export interface LoseOnLinkCommand {
  type: 'lose-on-link';
  loss_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Cut the storage nodes in two halves that only one of them, the bridge, still reaches. */
export interface MakeBridgeCommand {
  type: 'make-bridge';
  node: string;
}

/** Cut all links between storage nodes but those of a ring, in the order of the scenario. */
export interface MakeRingCommand {
  type: 'make-ring';
}

/** Cut the network into groups: nothing passes between different groups, both ways. */
export interface PartitionCommand {
  type: 'partition';
  groups: readonly (readonly string[])[];
  label?: string;
}

/** Stop the world on one machine: timers and mail wait. */
export interface PauseNodeCommand {
  type: 'pause-node';
  node: string;
}

/** Let changes of a Deployment's template wait (`kubectl rollout pause`). */
export interface PauseRolloutCommand {
  type: 'pause-rollout';
  name: string;
  namespace?: string;
}

/** Ask the proposer on `node` to get `value` chosen. */
export interface ProposeValueCommand {
  type: 'propose-value';
  node: string;
  value: string;
}

/** Write a key as a client would. */
export interface PutKeyCommand {
  type: 'put-key';
  client: string;
  key: string;
  value: string;
}

/** Let a held message go on. */
export interface ReleaseMessageCommand {
  type: 'release-message';
  message: number;
}

/** Take a compute machine away for good, and delete its Node. Its pods are lost: drain it first. */
export interface RemoveNodeCommand {
  type: 'remove-node';
  node: string;
}

/** Delete a pool: its nodes are drained and taken away. */
export interface RemoveNodePoolCommand {
  type: 'remove-node-pool';
  pool: string;
}

/** Take a storage machine's seat among the voters away, through the log. quorum1, quorum2: as for adding. */
export interface RemoveReplicaCommand {
  type: 'remove-replica';
  node: string;
  quorum1?: number;
  quorum2?: number;
}

/** Let some of the messages of a link be overtaken, in parts per million. */
export interface ReorderLinkCommand {
  type: 'reorder-link';
  reorder_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Let a message change places with the next one on its link. */
export interface ReorderMessageCommand {
  type: 'reorder-message';
  message: number;
}

/** Let the intruder record a message and send it again, as it is, after it has been read. */
export interface ReplayMessageCommand {
  type: 'replay-message';
  message: number;
}

/** Let the intruder send some of the messages of a link again, in parts per million. */
export interface ReplayOnLinkCommand {
  type: 'replay-on-link';
  replay_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Submit the pods of a production trace at their (capped) arrival times, counted from now. */
export interface ReplayTraceCommand {
  type: 'replay-trace';
  rows: readonly (readonly [string, number, number, number, number, number])[];
  gap_max_us: number;
  compress: number;
}

/** Start a killed machine again, from its disk. */
export interface RestartNodeCommand {
  type: 'restart-node';
  node: string;
}

/** Replace all pods of a Deployment, StatefulSet or DaemonSet, as its strategy says (`kubectl rollout restart`). */
export interface RestartRolloutCommand {
  type: 'restart-rollout';
  kind: string;
  name: string;
  namespace?: string;
}

/** Let a paused machine go on: waiting timers and mail come at once, in order. */
export interface ResumeNodeCommand {
  type: 'resume-node';
  node: string;
}

/** Let a paused Deployment go on. */
export interface ResumeRolloutCommand {
  type: 'resume-rollout';
  name: string;
  namespace?: string;
}

/** Damage one value on the disk of a storage node. A program that runs has its own copy; the next start reads the disk. */
export interface RotDiskCommand {
  type: 'rot-disk';
  node: string;
  key?: string;
}

/** Set the number of replicas of a Deployment, ReplicaSet or StatefulSet (`kubectl scale`). */
export interface ScaleObjectCommand {
  type: 'scale-object';
  kind: string;
  name: string;
  replicas: number;
  namespace?: string;
}

/** Let machines check, or no longer check, who a message comes from and whether it came before. */
export interface SetAuthenticationCommand {
  type: 'set-authentication';
  on?: boolean;
}

/** Set the cluster autoscaler's flags; 0: as the scenario has it. */
export interface SetClusterAutoscalerCommand {
  type: 'set-cluster-autoscaler';
  expander?: string;
  utilization_percent?: number;
  unneeded_ms?: number;
  delay_ms?: number;
  scan_ms?: number;
  scale_down_disabled?: boolean;
}

/** Switch strategies of the descheduler on, and all others off; it looks at once. None: it rests. */
export interface SetDeschedulerCommand {
  type: 'set-descheduler';
  strategies?: readonly string[];
  thresholds?: Readonly<Record<string, number>>;
  target_thresholds?: Readonly<Record<string, number>>;
  interval_ms?: number;
  evictions_max?: number;
  once?: boolean;
}

/** Give a container of a workload another image (`kubectl set image`): a new revision. container "*": all of them. */
export interface SetImageCommand {
  type: 'set-image';
  kind: string;
  name: string;
  image: string;
  container?: string;
  namespace?: string;
}

/** Put a workload under load: so much cpu, shared by its ready pods (the annotation `sim/load`); 0: none at all. */
export interface SetLoadCommand {
  type: 'set-load';
  kind: string;
  name: string;
  cpu_milli: number;
  namespace?: string;
}

/** Let faults come and go at random, from the run's seed; `HealEverything` calls it off. */
export interface SetNemesisCommand {
  type: 'set-nemesis';
  per_1000_s: number;
  faults?: readonly string[];
  seed?: number;
}

/** Change the weather of all links, in parts per million of messages (0..1_000_000). */
export interface SetNetworkCommand {
  type: 'set-network';
  loss_ppm?: number;
  duplicate_ppm?: number;
  reorder_ppm?: number;
}

/** Let the cluster autoscaler add and remove nodes of one sort, or change a pool that there is. */
export interface SetNodePoolCommand {
  type: 'set-node-pool';
  pool: string;
  max: number;
  min?: number;
  cpu_milli?: number;
  memory_mib?: number;
  gpu?: number;
  zone?: string;
  labels?: Readonly<Record<string, string>>;
  taints?: readonly string[];
  boot_ms?: number;
  priority?: number;
  extended?: Readonly<Record<string, number>>;
}

/** Change how often clients begin an operation. */
export interface SetRateCommand {
  type: 'set-rate';
  per_1000_s: number;
  client?: string;
}

/** Let the wall clock of a machine be off by a constant, at most a day. */
export interface SkewClockCommand {
  type: 'skew-clock';
  node: string;
  offset_us: number;
}

/** Let each fsync of a machine take so many times as long, from the next one on. */
export interface SlowDiskCommand {
  type: 'slow-disk';
  node: string;
  times?: number;
}

/** Cut the smallest minority of storage nodes that leaves a bare majority off from the others. */
export interface SplitMajorityCommand {
  type: 'split-majority';
  leader?: string;
}

/** Let the wall clock of a machine jump, at most a day. The opposite jump takes it back. */
export interface StepClockCommand {
  type: 'step-clock';
  node: string;
  by_us: number;
}

/** Submit a real computation, split over an Indexed Job and combined. */
export interface SubmitComputationCommand {
  type: 'submit-computation';
  what: string;
  pieces?: number;
  size?: number;
  text?: string;
  name?: string;
}

/** Submit `batch/v1` Jobs and `v1` Pods through the API server. */
export interface SubmitManifestCommand {
  type: 'submit-manifest';
  manifest: string;
}

/** Submit a Job of `count` equal tasks through the API server. */
export interface SubmitTasksCommand {
  type: 'submit-tasks';
  count: number;
  name?: string;
  cpu_milli?: number;
  memory_mib?: number;
  duration_ms?: number;
  priority?: number;
}

/** Put a taint on a node, or change its value. effect: NoSchedule, PreferNoSchedule or NoExecute. */
export interface TaintNodeCommand {
  type: 'taint-node';
  node: string;
  key: string;
  effect: string;
  value?: string;
}

/** Let an intruder change some of the messages of a link, in parts per million. */
export interface TamperOnLinkCommand {
  type: 'tamper-on-link';
  tamper_ppm: number;
  src?: string;
  dst?: string;
  both?: boolean;
}

/** Let a machine crash in the middle of its next fsync, or of the one that runs. */
export interface TearWriteCommand {
  type: 'tear-write';
  node: string;
}

/** Let a cordoned node take pods again. */
export interface UncordonCommand {
  type: 'uncordon-node';
  node: string;
}

/** Go back to an earlier revision (`kubectl rollout undo`). revision 0: the one before. */
export interface UndoRolloutCommand {
  type: 'undo-rollout';
  kind: string;
  name: string;
  revision?: number;
  namespace?: string;
}

/** Take a taint off a node; without an effect, all of that key. */
export interface UntaintNodeCommand {
  type: 'untaint-node';
  node: string;
  key: string;
  effect?: string;
}

/** Empty the disk of a storage node; it is killed first if it runs. */
export interface WipeDiskCommand {
  type: 'wipe-disk';
  node: string;
}

export type Command =
  | AddNodeCommand
  | AddReplicaCommand
  | CompareAndSetCommand
  | CordonCommand
  | CorruptLinkCommand
  | CutLinkCommand
  | DelayLinkCommand
  | DelayMessageCommand
  | DeleteJobCommand
  | RemoveObjectCommand
  | DeletePodCommand
  | DrainCommand
  | DriftClockCommand
  | DropMessageCommand
  | DuplicateMessageCommand
  | DuplicateOnLinkCommand
  | EditMessageCommand
  | EndFaultCommand
  | EvictPodCommand
  | FailDiskCommand
  | FillDiskCommand
  | ForgeMessageCommand
  | ForgePrepareCommand
  | GetKeyCommand
  | HealEverythingCommand
  | HealLinkCommand
  | HealNetworkCommand
  | HealPartitionCommand
  | HoldMessageCommand
  | IsolateNodeCommand
  | KillNodeCommand
  | LabelNodeCommand
  | LimitBandwidthCommand
  | LoseFsyncCommand
  | LoseOnLinkCommand
  | MakeBridgeCommand
  | MakeRingCommand
  | PartitionCommand
  | PauseNodeCommand
  | PauseRolloutCommand
  | ProposeValueCommand
  | PutKeyCommand
  | ReleaseMessageCommand
  | RemoveNodeCommand
  | RemoveNodePoolCommand
  | RemoveReplicaCommand
  | ReorderLinkCommand
  | ReorderMessageCommand
  | ReplayMessageCommand
  | ReplayOnLinkCommand
  | ReplayTraceCommand
  | RestartNodeCommand
  | RestartRolloutCommand
  | ResumeNodeCommand
  | ResumeRolloutCommand
  | RotDiskCommand
  | ScaleObjectCommand
  | SetAuthenticationCommand
  | SetClusterAutoscalerCommand
  | SetDeschedulerCommand
  | SetImageCommand
  | SetLoadCommand
  | SetNemesisCommand
  | SetNetworkCommand
  | SetNodePoolCommand
  | SetRateCommand
  | SkewClockCommand
  | SlowDiskCommand
  | SplitMajorityCommand
  | StepClockCommand
  | SubmitComputationCommand
  | SubmitManifestCommand
  | SubmitTasksCommand
  | TaintNodeCommand
  | TamperOnLinkCommand
  | TearWriteCommand
  | UncordonCommand
  | UndoRolloutCommand
  | UntaintNodeCommand
  | WipeDiskCommand;

/** The fields of every command, by its type. */
export const COMMANDS: Record<string, readonly string[]> = {
  'add-node': ['node', 'zone', 'cpu_milli', 'memory_mib', 'gpu', 'labels', 'extended'],
  'add-replica': ['node', 'quorum1', 'quorum2'],
  'compare-and-set': ['client', 'key', 'expected', 'value'],
  'cordon-node': ['node'],
  'corrupt-link': ['corrupt_ppm', 'src', 'dst', 'both'],
  'cut-link': ['src', 'dst', 'both'],
  'delay-link': ['delay_us', 'src', 'dst', 'both'],
  'delay-message': ['message', 'by_us'],
  'delete-job': ['name', 'namespace'],
  'delete-object': ['kind', 'name', 'namespace', 'propagation'],
  'delete-pod': ['name', 'namespace'],
  'drain-node': ['node'],
  'drift-clock': ['node', 'drift_ppm'],
  'drop-message': ['message'],
  'duplicate-message': ['message'],
  'duplicate-on-link': ['duplicate_ppm', 'src', 'dst', 'both'],
  'edit-message': ['message', 'field', 'value'],
  'end-fault': ['fault'],
  'evict-pod': ['name', 'namespace'],
  'fail-disk': ['node'],
  'fill-disk': ['node'],
  'forge-message': ['kind', 'target', 'claims'],
  'forge-prepare': ['target', 'claims'],
  'get-key': ['client', 'key'],
  'heal-everything': [],
  'heal-link': ['src', 'dst', 'both'],
  'heal-network': [],
  'heal-partition': ['partition'],
  'hold-message': ['message'],
  'isolate-node': ['node', 'way'],
  'kill-node': ['node'],
  'label-node': ['node', 'key', 'value'],
  'limit-bandwidth': ['bytes_per_s', 'src', 'dst', 'both'],
  'lose-fsync': ['node'],
  'lose-on-link': ['loss_ppm', 'src', 'dst', 'both'],
  'make-bridge': ['node'],
  'make-ring': [],
  'partition': ['groups', 'label'],
  'pause-node': ['node'],
  'pause-rollout': ['name', 'namespace'],
  'propose-value': ['node', 'value'],
  'put-key': ['client', 'key', 'value'],
  'release-message': ['message'],
  'remove-node': ['node'],
  'remove-node-pool': ['pool'],
  'remove-replica': ['node', 'quorum1', 'quorum2'],
  'reorder-link': ['reorder_ppm', 'src', 'dst', 'both'],
  'reorder-message': ['message'],
  'replay-message': ['message'],
  'replay-on-link': ['replay_ppm', 'src', 'dst', 'both'],
  'replay-trace': ['rows', 'gap_max_us', 'compress'],
  'restart-node': ['node'],
  'restart-rollout': ['kind', 'name', 'namespace'],
  'resume-node': ['node'],
  'resume-rollout': ['name', 'namespace'],
  'rot-disk': ['node', 'key'],
  'scale-object': ['kind', 'name', 'replicas', 'namespace'],
  'set-authentication': ['on'],
  'set-cluster-autoscaler': ['expander', 'utilization_percent', 'unneeded_ms', 'delay_ms', 'scan_ms', 'scale_down_disabled'],
  'set-descheduler': ['strategies', 'thresholds', 'target_thresholds', 'interval_ms', 'evictions_max', 'once'],
  'set-image': ['kind', 'name', 'image', 'container', 'namespace'],
  'set-load': ['kind', 'name', 'cpu_milli', 'namespace'],
  'set-nemesis': ['per_1000_s', 'faults', 'seed'],
  'set-network': ['loss_ppm', 'duplicate_ppm', 'reorder_ppm'],
  'set-node-pool': ['pool', 'max', 'min', 'cpu_milli', 'memory_mib', 'gpu', 'zone', 'labels', 'taints', 'boot_ms', 'priority', 'extended'],
  'set-rate': ['per_1000_s', 'client'],
  'skew-clock': ['node', 'offset_us'],
  'slow-disk': ['node', 'times'],
  'split-majority': ['leader'],
  'step-clock': ['node', 'by_us'],
  'submit-computation': ['what', 'pieces', 'size', 'text', 'name'],
  'submit-manifest': ['manifest'],
  'submit-tasks': ['count', 'name', 'cpu_milli', 'memory_mib', 'duration_ms', 'priority'],
  'taint-node': ['node', 'key', 'effect', 'value'],
  'tamper-on-link': ['tamper_ppm', 'src', 'dst', 'both'],
  'tear-write': ['node'],
  'uncordon-node': ['node'],
  'undo-rollout': ['kind', 'name', 'revision', 'namespace'],
  'untaint-node': ['node', 'key', 'effect'],
  'wipe-disk': ['node'],
};

/** What can be asked of a machine that plays a part: the texts wanted beside `node`. */
export const ASKS: readonly { type: string; part: string; texts: readonly string[] }[] = [
  { type: 'propose-value', part: 'proposer', texts: ['value'] },
];
